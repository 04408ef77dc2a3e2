-- $1 set of (computer number).
UPDATE computer SET rollup_number = 0 WHERE computer_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
