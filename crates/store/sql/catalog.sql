SELECT r.revision_id, e.body, r.mark, r.imported_us
FROM revision r JOIN revision_entry e ON e.revision_id = r.revision_id
ORDER BY r.revision_id
