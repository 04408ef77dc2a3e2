-- $1 set of (GUID of the upstream's).
SELECT d.deployment_guid, d.deployment_id
FROM json_each($1) JOIN replicated_deployment d ON d.deployment_guid = unhex(value ->> 0)
