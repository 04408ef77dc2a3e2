-- $1 set of (computer number, request).
UPDATE computer
SET requested_groups = wish.request
FROM (SELECT CAST(value ->> 0 AS INTEGER) AS computer_no, value ->> 1 AS request FROM json_each($1)) AS wish
WHERE computer.computer_no = wish.computer_no
