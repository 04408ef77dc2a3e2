-- $1 set of (licence), $2 time.
INSERT INTO eula_accepted (eula_id, accepted_us)
SELECT unhex(value ->> 0), $2
FROM json_each($1)
WHERE TRUE
ON CONFLICT (eula_id) DO NOTHING
