-- $1 set of (number, tags). `WHERE TRUE` tells ON CONFLICT from the condition of a join.
INSERT INTO language_set (set_no, tags)
SELECT CAST(value ->> 0 AS INTEGER), value ->> 1
FROM json_each($1)
WHERE TRUE
ON CONFLICT (tags) DO NOTHING
