-- $1 set of (update id).
SELECT u.update_id, u.update_no
FROM json_each($1) JOIN updates u ON u.update_id = unhex(value ->> 0)
