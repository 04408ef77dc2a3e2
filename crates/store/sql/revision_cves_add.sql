-- $1 set of (CVE, revision).
INSERT INTO revision_cve (cve, revision_id)
SELECT value ->> 0, CAST(value ->> 1 AS INTEGER)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (cve, revision_id) DO NOTHING
