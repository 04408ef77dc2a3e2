-- $1 set of (computer).
SELECT c.computer_id, c.computer_no
FROM json_each($1) JOIN computer c ON c.computer_id = value ->> 0
