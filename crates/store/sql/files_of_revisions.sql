-- $1 set of (revision).
SELECT r.revision_id, f.sha1, f.sha256, f.size, r.name, r.purpose, r.language
FROM json_each($1)
    JOIN revision_file r ON r.revision_id = CAST(value ->> 0 AS INTEGER)
    JOIN content_file f ON f.sha1 = r.sha1
ORDER BY r.revision_id, r.position
