SELECT q.origin, q.asked_us, f.sha1, f.sha256, f.size, f.name
FROM content_request q JOIN content_file f ON f.sha1 = q.sha1
ORDER BY q.asked_us, q.sha1, q.origin
