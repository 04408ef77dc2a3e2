-- $1 set of (SHA-256), $2 time. What somebody asked for stays: computers for as long as their wish is young.
DELETE FROM content
WHERE sha256 IN (SELECT unhex(value ->> 0) FROM json_each($1))
    AND NOT EXISTS (
        SELECT 1 FROM content_request r
        WHERE r.sha1 = content.sha1 AND (r.origin <> 0 OR r.asked_us >= $2)
    )
RETURNING sha256
