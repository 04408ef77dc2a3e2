-- $1 set of (revision).
SELECT k.revision_id, k.kb
FROM json_each($1) JOIN revision_kb k ON k.revision_id = CAST(value ->> 0 AS INTEGER)
ORDER BY k.kb
