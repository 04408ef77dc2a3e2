-- $1 set of (SHA-256, SHA-1, size), $2 time.
INSERT INTO content (sha256, sha1, size, state, reason, changed_us)
SELECT unhex(value ->> 0), unhex(value ->> 1), CAST(value ->> 2 AS BIGINT), 0, NULL, $2
FROM json_each($1)
WHERE TRUE
ON CONFLICT (sha256) DO UPDATE
SET state = 0, reason = NULL, changed_us = excluded.changed_us
WHERE content.state <> 0
