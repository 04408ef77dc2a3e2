-- $1 set of (SHA-1, SHA-256, size, name).
INSERT INTO content_file (sha1, sha256, size, name)
SELECT unhex(value ->> 0), unhex(value ->> 1), CAST(value ->> 2 AS BIGINT), value ->> 3
FROM json_each($1)
