-- $1 set of (revision, texts, binaries). What another server read already stays. `WHERE TRUE` tells ON CONFLICT from the
-- condition of a join.
INSERT INTO revision_language (revision_id, texts, binaries)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS INTEGER), CAST(value ->> 2 AS INTEGER)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (revision_id) DO NOTHING
