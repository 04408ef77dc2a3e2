-- $1 set of (update number).
SELECT u.update_no
FROM json_each($1) JOIN updates u ON u.update_no = CAST(value ->> 0 AS INTEGER)
WHERE u.latest IS NOT NULL
