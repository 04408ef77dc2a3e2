-- $1 set of (SHA-1, address).
INSERT INTO file_location (sha1, url)
SELECT unhex(value ->> 0), value ->> 1
FROM json_each($1)
WHERE TRUE
ON CONFLICT (sha1) DO UPDATE
SET url = excluded.url
WHERE file_location.url <> excluded.url
