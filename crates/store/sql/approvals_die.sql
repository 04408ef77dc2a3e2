-- What is removed is remembered, so that replicas can be told. $1 set of (deployment), $2 generation.
INSERT INTO dead_deployment (deployment_id, mark)
SELECT CAST(value ->> 0 AS INTEGER), $2
FROM json_each($1)
WHERE TRUE
ON CONFLICT (deployment_id) DO NOTHING
