-- $1 set of (computer number).
SELECT c.computer_no, c.requested_groups
FROM json_each($1) JOIN computer c ON c.computer_no = CAST(value ->> 0 AS INTEGER)
