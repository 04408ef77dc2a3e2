-- $1 set of (SHA-1), $2 limit: documents that name one of these files and were not read for where they were published.
SELECT d.revision_id, d.body
FROM document d
WHERE d.revision_id IN (
    SELECT r.revision_id
    FROM json_each($1) JOIN revision_file f ON f.sha1 = unhex(value ->> 0)
        JOIN revision r ON r.revision_id = f.revision_id
    WHERE r.is_local IS NULL
)
ORDER BY d.revision_id
LIMIT $2
