SELECT u.update_no
FROM revision_kb k JOIN revision r ON r.revision_id = k.revision_id JOIN updates u ON u.update_no = r.update_no
WHERE k.kb = $1 AND u.latest = k.revision_id
