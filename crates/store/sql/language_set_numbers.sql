-- $1 set of (tags).
SELECT s.tags, s.set_no
FROM json_each($1) JOIN language_set s ON s.tags = value ->> 0
