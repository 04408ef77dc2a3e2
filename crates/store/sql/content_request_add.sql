-- $1 set of (SHA-1), $2 origin, $3 time.
INSERT INTO content_request (sha1, origin, asked_us)
SELECT unhex(value ->> 0), CAST($2 AS SMALLINT), $3
FROM json_each($1)
WHERE TRUE
ON CONFLICT (sha1, origin) DO UPDATE
SET asked_us = excluded.asked_us
