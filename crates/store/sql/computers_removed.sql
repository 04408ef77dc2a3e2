-- $1 set of (computer).
SELECT r.computer_id, r.removed_us FROM json_each($1) JOIN computer_removed r ON r.computer_id = value ->> 0
