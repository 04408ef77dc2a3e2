-- $1 computer, $2 group, $3 pattern, $4 the computer before the first; each may be NULL. $5 limit,
-- $6 server below, or NULL.
SELECT c.computer_no, c.computer_id, c.first_seen_us, c.last_contact_us, c.protocol_major, c.protocol_minor,
    c.registered_us, c.detection_us, c.detection_ok, c.compliance_us, c.address, c.agent, c.dns_name,
    c.requested_groups, c.server_id, s.scanned_us, r.os_major, r.os_minor, r.os_build, r.manufacturer, r.model, r.architecture,
    r.body
FROM computer c
    LEFT JOIN scan s ON s.computer_no = c.computer_no
    LEFT JOIN registration r ON r.computer_no = c.computer_no
WHERE (c.computer_id = $1 OR $1 IS NULL)
    AND (c.computer_no IN (
            SELECT m.computer_no
            FROM group_within w JOIN computer_group m ON m.group_id = w.group_id
            WHERE w.above = $2
        ) OR $2 IS NULL)
    AND (c.computer_id LIKE $3 ESCAPE '\' OR lower(c.dns_name) LIKE $3 ESCAPE '\' OR c.address LIKE $3 ESCAPE '\'
        OR $3 IS NULL)
    AND (c.computer_id > $4 OR $4 IS NULL)
    AND (c.server_id = $6 OR $6 IS NULL)
ORDER BY c.computer_id
LIMIT $5
