-- $1 set of (computer number). Changes nothing; the rows are locked until commit.
UPDATE computer
SET last_contact_us = last_contact_us
WHERE computer_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
