-- $1 set of (computer number).
DELETE FROM computer WHERE computer_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
