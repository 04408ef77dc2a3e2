-- $1 set of (update number).
UPDATE updates
SET declined_mark = NULL, declined_us = NULL
WHERE declined_mark IS NOT NULL AND update_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
