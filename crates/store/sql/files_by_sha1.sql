-- $1 set of (SHA-1).
SELECT f.sha1, f.sha256, f.size, f.name
FROM json_each($1) JOIN content_file f ON f.sha1 = unhex(value ->> 0)
