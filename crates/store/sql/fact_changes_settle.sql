-- $1 set of (computer number), $2 round.
DELETE FROM fact_change
WHERE computer_no IN (SELECT CAST(value ->> 0 AS INTEGER) FROM json_each($1)) AND round < $2
