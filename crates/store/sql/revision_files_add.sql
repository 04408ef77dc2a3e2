-- $1 set of (revision, position, SHA-1, name, purpose, language).
INSERT INTO revision_file (revision_id, position, sha1, name, purpose, language)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS INTEGER), unhex(value ->> 2), value ->> 3,
    CAST(value ->> 4 AS INTEGER), value ->> 5
FROM json_each($1)
