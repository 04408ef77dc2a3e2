-- $1 server, or NULL.
SELECT server_id, system, computers, told_us
FROM client_summary
WHERE server_id = $1 OR CAST($1 AS BYTEA) IS NULL
ORDER BY server_id, system
