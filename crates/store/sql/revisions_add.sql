-- $1 set of (revision, update number, revision number, created, type, deployable, classification, severity,
-- digest, title, folded title, 1 if published locally); $2 generation, $3 time.
INSERT INTO revision (revision_id, update_no, revision_number, mark, imported_us, created_us, update_type,
    deployable, classification, severity, digest, title, title_folded, is_local)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS INTEGER), CAST(value ->> 2 AS INTEGER), $2, $3,
    CAST(value ->> 3 AS BIGINT), CAST(value ->> 4 AS SMALLINT), CAST(value ->> 5 AS SMALLINT),
    unhex(value ->> 6), value ->> 7, unhex(value ->> 8), value ->> 9, value ->> 10, CAST(value ->> 11 AS SMALLINT)
FROM json_each($1)
