-- $1 set of (computer number, time of report, how far the catalog went, number of the rollup).
UPDATE computer
SET compliance_us = told.report_us, effective_us = told.effective_us, rollup_number = told.number
FROM (
    SELECT CAST(value ->> 0 AS INTEGER) AS computer_no, CAST(value ->> 1 AS BIGINT) AS report_us,
        CAST(value ->> 2 AS BIGINT) AS effective_us, CAST(value ->> 3 AS BIGINT) AS number
    FROM json_each($1)
) AS told
WHERE computer.computer_no = told.computer_no
