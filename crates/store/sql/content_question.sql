-- $1 set of (revision), which were just added: files that are held, and that one of them says are something that no earlier
-- revision did. Nobody has looked yet whether they are that.
UPDATE content SET state = 3
WHERE state = 0 AND sha1 IN (
    SELECT f.sha1
    FROM json_each($1)
        JOIN revision r ON r.revision_id = CAST(value ->> 0 AS INTEGER)
        JOIN revision_file f ON f.revision_id = r.revision_id
        JOIN content c ON c.sha1 = f.sha1
    WHERE NOT EXISTS (
        SELECT 1
        FROM revision_file g JOIN revision o ON o.revision_id = g.revision_id
        WHERE g.sha1 = f.sha1 AND g.purpose = f.purpose
            AND g.revision_id < (SELECT min(CAST(value ->> 0 AS INTEGER)) FROM json_each($1))
            AND o.update_type = r.update_type AND coalesce(o.is_local, 0) = coalesce(r.is_local, 0)
            AND coalesce(o.classification, o.digest) = coalesce(r.classification, o.digest)
    )
)
