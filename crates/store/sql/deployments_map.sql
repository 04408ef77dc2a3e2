-- $1 set of (GUID of the upstream's, deployment).
INSERT INTO replicated_deployment (deployment_guid, deployment_id)
SELECT unhex(value ->> 0), CAST(value ->> 1 AS INTEGER)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (deployment_guid) DO UPDATE SET deployment_id = excluded.deployment_id
