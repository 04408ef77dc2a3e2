-- $1 set of (SHA-1).
SELECT l.sha1, l.url
FROM json_each($1) JOIN file_location l ON l.sha1 = unhex(value ->> 0)
