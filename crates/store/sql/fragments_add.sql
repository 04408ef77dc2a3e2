-- $1 set of (revision, and offset and length of extended, localized, licences and core) in the bytes $2.
-- `coalesce` tells PostgreSQL that these are bytes.
INSERT INTO fragments (revision_id, extended, localized, eulas, core)
SELECT CAST(value ->> 0 AS INTEGER),
    substr(coalesce($2, unhex('')), CAST(value ->> 1 AS INTEGER), CAST(value ->> 2 AS INTEGER)),
    substr(coalesce($2, unhex('')), CAST(value ->> 3 AS INTEGER), CAST(value ->> 4 AS INTEGER)),
    substr(coalesce($2, unhex('')), CAST(value ->> 5 AS INTEGER), CAST(value ->> 6 AS INTEGER)),
    substr(coalesce($2, unhex('')), CAST(value ->> 7 AS INTEGER), CAST(value ->> 8 AS INTEGER))
FROM json_each($1)
