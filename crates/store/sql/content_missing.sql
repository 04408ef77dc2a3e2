SELECT f.sha1, f.sha256, f.size, f.name
FROM content_file f
WHERE NOT EXISTS (SELECT 1 FROM content c WHERE c.sha1 = f.sha1 AND c.size = f.size)
ORDER BY f.name, f.sha1
LIMIT $1
