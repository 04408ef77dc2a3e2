-- $1 set of (computer number).
SELECT c.computer_no, c.compliance_us, c.detection_us, c.detection_ok
FROM json_each($1) JOIN computer c ON c.computer_no = CAST(value ->> 0 AS INTEGER)
