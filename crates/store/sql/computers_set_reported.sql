-- $1 set of (computer number, time of compliance, time of detection, whether it went well).
-- What it reports here itself is about this server's catalog as of then.
UPDATE computer
SET effective_us = CASE WHEN told.compliance_us IS DISTINCT FROM computer.compliance_us THEN NULL ELSE effective_us END,
    compliance_us = told.compliance_us, detection_us = told.detection_us, detection_ok = told.detection_ok
FROM (
    SELECT CAST(value ->> 0 AS INTEGER) AS computer_no, CAST(value ->> 1 AS BIGINT) AS compliance_us,
        CAST(value ->> 2 AS BIGINT) AS detection_us, CAST(value ->> 3 AS SMALLINT) AS detection_ok
    FROM json_each($1)
) AS told
WHERE computer.computer_no = told.computer_no
