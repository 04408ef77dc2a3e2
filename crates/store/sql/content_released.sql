-- $1 limit: what was released and is here, the latest first.
SELECT c.sha256, c.sha1, c.size, c.state, c.reason, r.released_us
FROM content_release r JOIN content c ON c.sha256 = r.sha256
ORDER BY r.released_us DESC, c.sha256
LIMIT $1
