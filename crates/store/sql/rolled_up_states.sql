-- $1 set of (computer number, number of the rollup, time of report).
UPDATE rolled_up
SET number = told.number, report_us = told.report_us, is_full = 0
FROM (
    SELECT CAST(value ->> 0 AS INTEGER) AS computer_no, CAST(value ->> 1 AS BIGINT) AS number,
        CAST(value ->> 2 AS BIGINT) AS report_us
    FROM json_each($1)
) AS told
WHERE rolled_up.computer_no = told.computer_no
