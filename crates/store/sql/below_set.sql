-- $1 set of (computer number, server, time of contact, time of detection, whether it went well, time of report, whether
-- it is new to that server), $2 time.
UPDATE computer
SET server_id = told.server_id, last_contact_us = told.contact_us, detection_us = told.detection_us,
    detection_ok = told.detection_ok, told_report_us = told.report_us, told_us = $2,
    rollup_number = CASE WHEN told.is_new = 1 THEN 0 ELSE rollup_number END
FROM (
    SELECT CAST(value ->> 0 AS INTEGER) AS computer_no, unhex(value ->> 1) AS server_id,
        CAST(value ->> 2 AS BIGINT) AS contact_us, CAST(value ->> 3 AS BIGINT) AS detection_us,
        CAST(value ->> 4 AS SMALLINT) AS detection_ok, CAST(value ->> 5 AS BIGINT) AS report_us,
        CAST(value ->> 6 AS SMALLINT) AS is_new
    FROM json_each($1)
) AS told
WHERE computer.computer_no = told.computer_no
