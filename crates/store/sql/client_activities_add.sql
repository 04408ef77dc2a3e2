-- $1 set of (server, update, system, revision number, successes, failures): increments.
INSERT INTO client_activity (server_id, update_id, system, revision_number, successes, failures)
SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, CAST(value ->> 3 AS INTEGER),
    CAST(value ->> 4 AS BIGINT), CAST(value ->> 5 AS BIGINT)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (server_id, update_id, system) DO UPDATE
SET revision_number = excluded.revision_number, successes = client_activity.successes + excluded.successes,
    failures = client_activity.failures + excluded.failures
