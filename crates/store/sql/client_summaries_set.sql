-- $1 set of (server, system, computers), $2 time.
INSERT INTO client_summary (server_id, system, computers, told_us)
SELECT unhex(value ->> 0), value ->> 1, CAST(value ->> 2 AS BIGINT), $2
FROM json_each($1)
WHERE TRUE
ON CONFLICT (server_id, system) DO UPDATE SET computers = excluded.computers, told_us = excluded.told_us
