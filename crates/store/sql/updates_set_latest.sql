-- $1 set of (update number).
UPDATE updates
SET latest = (
    SELECT r.revision_id FROM revision r WHERE r.update_no = updates.update_no ORDER BY r.revision_number DESC LIMIT 1
)
WHERE update_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
