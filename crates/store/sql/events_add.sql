-- $1 set of ((computer number, instance, received, happened), (event, result, revision number, update),
-- (offset, length)) in the bytes $2. `coalesce` tells PostgreSQL that these are bytes.
INSERT INTO event (computer_no, instance, received_us, happened_us, event_id, hresult, revision_number, update_id, raw)
SELECT CAST(value -> 0 ->> 0 AS INTEGER), unhex(value -> 0 ->> 1), CAST(value -> 0 ->> 2 AS BIGINT),
    CAST(value -> 0 ->> 3 AS BIGINT), CAST(value -> 1 ->> 0 AS INTEGER), CAST(value -> 1 ->> 1 AS INTEGER),
    CAST(value -> 1 ->> 2 AS INTEGER), unhex(value -> 1 ->> 3),
    substr(coalesce($2, unhex('')), CAST(value -> 2 ->> 0 AS INTEGER), CAST(value -> 2 ->> 1 AS INTEGER))
FROM json_each($1)
WHERE TRUE
ON CONFLICT (computer_no, instance) DO NOTHING
