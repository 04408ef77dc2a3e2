SELECT c.sha256, c.sha1, c.size, c.state, c.reason, c.changed_us
FROM content c LEFT JOIN content_file f ON f.sha1 = c.sha1
WHERE c.sha1 = $1
ORDER BY CASE WHEN f.sha256 = c.sha256 THEN 0 ELSE 1 END, c.state, c.sha256
LIMIT 1
