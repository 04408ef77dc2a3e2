-- $1 set of (computer number, folded name).
INSERT INTO requested_group (computer_no, folded)
SELECT CAST(value ->> 0 AS INTEGER), value ->> 1
FROM json_each($1)
