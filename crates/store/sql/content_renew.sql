-- $1 set of (SHA-256), $2 time.
UPDATE content SET changed_us = $2
WHERE sha256 IN (SELECT unhex(value ->> 0) FROM json_each($1)) AND state = 0
