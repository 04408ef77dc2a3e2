-- $1 set of (update id, revision number).
SELECT u.update_id, r.revision_number, r.revision_id, d.body
FROM json_each($1)
    JOIN updates u ON u.update_id = unhex(value ->> 0)
    JOIN revision r ON r.update_no = u.update_no AND r.revision_number = CAST(value ->> 1 AS INTEGER)
    JOIN document d ON d.revision_id = r.revision_id
