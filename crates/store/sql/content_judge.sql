-- $1 set of (SHA-256, SHA-1, size, state, reason), $2 time. What was here before anybody looked is here since it came.
INSERT INTO content (sha256, sha1, size, state, reason, changed_us)
SELECT unhex(value ->> 0), unhex(value ->> 1), CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS SMALLINT), value ->> 4, $2
FROM json_each($1)
WHERE TRUE
ON CONFLICT (sha256) DO UPDATE
SET state = excluded.state, reason = excluded.reason,
    changed_us = CASE
        WHEN content.state = 3 AND excluded.state = 0 THEN content.changed_us ELSE excluded.changed_us
    END
