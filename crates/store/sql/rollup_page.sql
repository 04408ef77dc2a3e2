-- $1 computer number before the first, $2 limit.
SELECT c.computer_no, c.computer_id, c.server_id, c.last_contact_us, c.detection_us, c.detection_ok, c.compliance_us,
    c.address, c.dns_name, c.requested_groups, r.os_major, r.os_minor, r.os_build, r.manufacturer, r.model,
    r.architecture, r.body, u.news, u.details
FROM computer c
    LEFT JOIN registration r ON r.computer_no = c.computer_no
    LEFT JOIN rolled_up u ON u.computer_no = c.computer_no
WHERE c.computer_no > $1
ORDER BY c.computer_no
LIMIT $2
