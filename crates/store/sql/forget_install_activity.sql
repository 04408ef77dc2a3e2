-- $1 set of (computer number).
DELETE FROM install_activity WHERE computer_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
