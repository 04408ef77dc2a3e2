-- $1 set of (update id).
SELECT u.update_id, r.revision_number
FROM json_each($1)
    JOIN updates u ON u.update_id = unhex(value ->> 0)
    JOIN revision r ON r.revision_id = u.latest
