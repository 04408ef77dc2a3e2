-- $1 set of (computer number, address, name).
UPDATE computer
SET address = told.address, dns_name = told.dns_name
FROM (
    SELECT CAST(value ->> 0 AS INTEGER) AS computer_no, value ->> 1 AS address, value ->> 2 AS dns_name
    FROM json_each($1)
) AS told
WHERE computer.computer_no = told.computer_no
