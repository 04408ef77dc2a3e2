-- $1 set of (set, body). `WHERE TRUE` tells ON CONFLICT from the condition of a join.
INSERT INTO driver_set (set_id, body)
SELECT unhex(value ->> 0), unhex(value ->> 1)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (set_id) DO UPDATE SET body = excluded.body
