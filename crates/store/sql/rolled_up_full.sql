-- $1 set of (computer).
UPDATE rolled_up SET is_full = 1
WHERE computer_no IN (SELECT c.computer_no FROM json_each($1) JOIN computer c ON c.computer_id = value ->> 0)
