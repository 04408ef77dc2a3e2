-- $1 set of (revision).
SELECT d.revision_id, d.body
FROM json_each($1) JOIN document d ON d.revision_id = CAST(value ->> 0 AS INTEGER)
