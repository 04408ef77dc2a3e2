-- $1 set of (server, update, system, successes, failures): increments that the server above was told.
UPDATE client_activity
SET passed_successes = passed_successes + told.successes, passed_failures = passed_failures + told.failures
FROM (
    SELECT unhex(value ->> 0) AS server_id, unhex(value ->> 1) AS update_id, value ->> 2 AS system,
        CAST(value ->> 3 AS BIGINT) AS successes, CAST(value ->> 4 AS BIGINT) AS failures
    FROM json_each($1)
) AS told
WHERE client_activity.server_id = told.server_id AND client_activity.update_id = told.update_id
    AND client_activity.system = told.system
