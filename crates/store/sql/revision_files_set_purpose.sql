-- $1 set of (revision, position, purpose, language).
UPDATE revision_file
SET purpose = told.purpose, language = told.language
FROM (
    SELECT CAST(value ->> 0 AS INTEGER) AS revision_id, CAST(value ->> 1 AS INTEGER) AS position,
        CAST(value ->> 2 AS INTEGER) AS purpose, value ->> 3 AS language
    FROM json_each($1)
) AS told
WHERE revision_file.revision_id = told.revision_id AND revision_file.position = told.position
