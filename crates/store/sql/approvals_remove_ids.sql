-- $1 set of (deployment).
DELETE FROM approval WHERE deployment_id IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
