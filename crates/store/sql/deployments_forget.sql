-- $1 set of (deployment).
DELETE FROM replicated_deployment
WHERE deployment_id IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
