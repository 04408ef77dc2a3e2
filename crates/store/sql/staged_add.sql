-- $1 set of (update id, revision number, position, offset, length) in the bytes $2.
INSERT INTO staged_revision (update_id, revision_number, position, body)
SELECT unhex(value ->> 0), CAST(value ->> 1 AS INTEGER), CAST(value ->> 2 AS INTEGER),
    substr(coalesce($2, unhex('')), CAST(value ->> 3 AS INTEGER), CAST(value ->> 4 AS INTEGER))
FROM json_each($1)
WHERE TRUE
ON CONFLICT (update_id, revision_number) DO UPDATE SET position = excluded.position, body = excluded.body
