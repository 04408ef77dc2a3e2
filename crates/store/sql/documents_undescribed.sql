-- $1 revision after which to look, $2 limit.
SELECT d.revision_id, d.body
FROM document d
WHERE d.revision_id > $1 AND NOT EXISTS (SELECT 1 FROM revision_language l WHERE l.revision_id = d.revision_id)
ORDER BY d.revision_id
LIMIT $2
