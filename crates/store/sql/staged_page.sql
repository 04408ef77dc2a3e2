-- $1 position, $2 update id, $3 revision number: only those behind it; $4 limit.
SELECT update_id, revision_number, position, body
FROM staged_revision
WHERE (position, update_id, revision_number) > ($1, $2, $3)
ORDER BY position, update_id, revision_number
LIMIT $4
