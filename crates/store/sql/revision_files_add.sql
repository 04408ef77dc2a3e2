-- $1 set of (revision, position, SHA-1, name).
INSERT INTO revision_file (revision_id, position, sha1, name)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS INTEGER), unhex(value ->> 2), value ->> 3
FROM json_each($1)
