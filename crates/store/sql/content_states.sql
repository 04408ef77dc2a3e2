-- $1 set of (SHA-256).
SELECT c.sha256, c.state, c.reason, r.kinds
FROM json_each($1) JOIN content c ON c.sha256 = unhex(value ->> 0)
    LEFT JOIN content_release r ON r.sha256 = c.sha256
