-- $1 set of (SHA-256, SHA-1, size), $2 time. What was judged before keeps what was found.
INSERT INTO content (sha256, sha1, size, state, reason, changed_us)
SELECT unhex(value ->> 0), unhex(value ->> 1), CAST(value ->> 2 AS BIGINT), 3, NULL, $2
FROM json_each($1)
WHERE TRUE
ON CONFLICT (sha256) DO UPDATE
SET state = 3, reason = NULL, changed_us = excluded.changed_us
WHERE content.state = 1
