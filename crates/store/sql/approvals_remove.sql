-- $1 set of (update number).
DELETE FROM approval WHERE update_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1))
