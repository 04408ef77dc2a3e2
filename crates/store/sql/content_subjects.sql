-- $1 set of (SHA-1).
SELECT DISTINCT f.sha1, r.update_type, r.classification, r.is_local, f.purpose,
    CAST(CASE WHEN u.latest = r.revision_id AND u.declined_us IS NULL THEN 1 ELSE 0 END AS SMALLINT)
FROM json_each($1) JOIN revision_file f ON f.sha1 = unhex(value ->> 0)
    JOIN revision r ON r.revision_id = f.revision_id
    JOIN updates u ON u.update_no = r.update_no
