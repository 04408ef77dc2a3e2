-- $1 set of (article, revision).
INSERT INTO revision_kb (kb, revision_id)
SELECT value ->> 0, CAST(value ->> 1 AS INTEGER)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (kb, revision_id) DO NOTHING
