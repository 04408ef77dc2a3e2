SELECT u.update_no
FROM revision_cve c JOIN revision r ON r.revision_id = c.revision_id JOIN updates u ON u.update_no = r.update_no
WHERE c.cve = $1 AND u.latest = c.revision_id
