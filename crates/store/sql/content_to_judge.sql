-- $1 SHA-256 after which to look, $2 limit.
SELECT c.sha256, c.sha1, c.size, c.state, c.reason, c.changed_us, v.basis, v.again_us, v.examination
FROM content c LEFT JOIN content_verdict v ON v.sha256 = c.sha256
WHERE c.state <> 1 AND c.sha256 > $1
ORDER BY c.sha256
LIMIT $2
