-- $1 set of (computer).
SELECT c.computer_id, c.computer_no, c.server_id, c.last_contact_us, c.told_report_us, c.compliance_us, c.rollup_number
FROM json_each($1) JOIN computer c ON c.computer_id = value ->> 0
