-- $1 set of (update id, revision number).
DELETE FROM staged_revision
WHERE (update_id, revision_number) IN (
    SELECT unhex(value ->> 0), CAST(value ->> 1 AS INTEGER) FROM json_each($1)
)
