-- $1 set of (SHA-1).
SELECT DISTINCT f.sha1, u.update_id, r.title
FROM json_each($1) JOIN revision_file f ON f.sha1 = unhex(value ->> 0)
    JOIN revision r ON r.revision_id = f.revision_id
    JOIN updates u ON u.update_no = r.update_no AND u.latest = r.revision_id
ORDER BY r.title, u.update_id
