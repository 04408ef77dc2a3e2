-- $1 revision: only those with a higher number.
SELECT r.revision_id, e.body, r.mark, r.imported_us
FROM revision r JOIN revision_entry e ON e.revision_id = r.revision_id
WHERE r.revision_id > $1
ORDER BY r.revision_id
