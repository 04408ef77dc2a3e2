-- $1 set of (server, name, parent, synchronised, rolled up, version, replica, summary), $2 time.
INSERT INTO downstream_server (server_id, name, parent, state, first_seen_us, last_contact_us, last_sync_us,
    last_rollup_us, version, is_replica, summary)
SELECT unhex(value ->> 0), value ->> 1, unhex(value ->> 2), 0, $2, $2, CAST(value ->> 3 AS BIGINT),
    CAST(value ->> 4 AS BIGINT), value ->> 5, CAST(value ->> 6 AS SMALLINT), value ->> 7
FROM json_each($1)
WHERE TRUE
ON CONFLICT (server_id) DO UPDATE
SET name = excluded.name, parent = excluded.parent, last_contact_us = excluded.last_contact_us,
    last_sync_us = excluded.last_sync_us, last_rollup_us = excluded.last_rollup_us, version = excluded.version,
    is_replica = excluded.is_replica, summary = excluded.summary
