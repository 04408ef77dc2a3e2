-- $1 set of (computer number).
SELECT m.computer_no, m.group_id
FROM computer_group m
WHERE m.computer_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
ORDER BY m.computer_no, m.group_id
