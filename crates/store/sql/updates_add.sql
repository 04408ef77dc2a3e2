-- $1 set of (number, update id). `WHERE TRUE` tells ON CONFLICT from the condition of a join.
INSERT INTO updates (update_no, update_id)
SELECT CAST(value ->> 0 AS INTEGER), unhex(value ->> 1)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (update_id) DO NOTHING
