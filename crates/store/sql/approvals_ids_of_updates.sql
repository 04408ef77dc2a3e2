-- $1 set of (update number).
SELECT a.deployment_id
FROM json_each($1) JOIN approval a ON a.update_no = CAST(value ->> 0 AS INTEGER)
