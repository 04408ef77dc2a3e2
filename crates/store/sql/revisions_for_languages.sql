-- $1 set of (set of languages).
SELECT l.revision_id
FROM json_each($1) JOIN revision_language l ON l.binaries = CAST(value ->> 0 AS INTEGER)
