-- $1 set of (revision).
SELECT c.revision_id, c.cve
FROM json_each($1) JOIN revision_cve c ON c.revision_id = CAST(value ->> 0 AS INTEGER)
ORDER BY c.cve
