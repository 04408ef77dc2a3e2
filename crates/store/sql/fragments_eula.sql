-- $1 set of (revision).
SELECT f.revision_id, f.eulas
FROM json_each($1) JOIN fragments f ON f.revision_id = CAST(value ->> 0 AS INTEGER)
