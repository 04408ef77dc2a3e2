-- $1 set of (computer number).
SELECT m.computer_no, m.group_id
FROM json_each($1) JOIN membership m ON m.computer_no = CAST(value ->> 0 AS INTEGER)
ORDER BY m.computer_no, m.group_id
