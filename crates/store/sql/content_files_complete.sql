-- $1 set of (SHA-1, SHA-256): what was not known of these files until now.
UPDATE content_file
SET sha256 = found.sha256
FROM (SELECT unhex(value ->> 0) AS sha1, unhex(value ->> 1) AS sha256 FROM json_each($1)) AS found
WHERE content_file.sha1 = found.sha1
