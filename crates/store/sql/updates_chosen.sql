-- As `updates`, of those in the set $8 of (update number).
SELECT u.update_id, r.revision_number, r.revision_id, r.title, r.update_type, r.deployable, r.classification,
    r.severity, r.created_us, r.imported_us, u.declined_us
FROM json_each($8)
    JOIN updates u ON u.update_no = CAST(value ->> 0 AS INTEGER)
    JOIN revision r ON r.revision_id = u.latest
WHERE (r.title_folded LIKE $1 ESCAPE '\' OR $1 IS NULL)
    AND (r.classification = $2 OR $2 IS NULL)
    AND (r.update_type = $3 OR $3 IS NULL)
    AND (r.deployable = $4 OR $4 IS NULL)
    AND (CASE WHEN u.declined_us IS NULL THEN 0 ELSE 1 END = $5 OR $5 IS NULL)
ORDER BY r.revision_id DESC
LIMIT $6 OFFSET $7
