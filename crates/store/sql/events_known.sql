-- $1 set of (computer number, instance).
SELECT e.computer_no, e.instance
FROM json_each($1)
    JOIN event e ON e.computer_no = CAST(value ->> 0 AS INTEGER) AND e.instance = unhex(value ->> 1)
