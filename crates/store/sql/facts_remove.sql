-- $1 set of (computer number, update number).
DELETE FROM fact
WHERE (computer_no, update_no) IN (
    SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS INTEGER) FROM json_each($1)
)
