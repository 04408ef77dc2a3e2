-- $1 set of (computer number, group).
INSERT INTO membership (computer_no, group_id)
SELECT CAST(value ->> 0 AS INTEGER), unhex(value ->> 1)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (computer_no, group_id) DO NOTHING
