-- $1 set of (revision, 1 if it was published locally).
UPDATE revision
SET is_local = told.is_local
FROM (
    SELECT CAST(value ->> 0 AS INTEGER) AS revision_id, CAST(value ->> 1 AS SMALLINT) AS is_local FROM json_each($1)
) AS told
WHERE revision.revision_id = told.revision_id
