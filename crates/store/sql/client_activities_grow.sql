-- $1 set of (server, update, system, revision number, successes, failures): increments of counts that are known.
UPDATE client_activity
SET revision_number = told.revision_number, successes = client_activity.successes + told.successes,
    failures = client_activity.failures + told.failures
FROM (
    SELECT unhex(value ->> 0) AS server_id, unhex(value ->> 1) AS update_id, value ->> 2 AS system,
        CAST(value ->> 3 AS INTEGER) AS revision_number, CAST(value ->> 4 AS BIGINT) AS successes,
        CAST(value ->> 5 AS BIGINT) AS failures
    FROM json_each($1)
) AS told
WHERE client_activity.server_id = told.server_id AND client_activity.update_id = told.update_id
    AND client_activity.system = told.system
