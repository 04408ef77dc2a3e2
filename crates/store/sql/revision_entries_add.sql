-- $1 set of (revision, offset, length) in the bytes $2. `coalesce` tells PostgreSQL that these are bytes.
INSERT INTO revision_entry (revision_id, body)
SELECT CAST(value ->> 0 AS INTEGER),
    substr(coalesce($2, unhex('')), CAST(value ->> 1 AS INTEGER), CAST(value ->> 2 AS INTEGER))
FROM json_each($1)
