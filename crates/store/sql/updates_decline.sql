-- $1 set of (update number), $2 generation, $3 time.
UPDATE updates
SET declined_mark = $2, declined_us = $3
WHERE declined_mark IS NULL AND update_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
