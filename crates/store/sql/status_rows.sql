-- $1 group, $2 computer number, $3 state; each may be NULL. $4 limit.
SELECT c.computer_id, c.dns_name, u.update_id, r.title, CAST(f.state AS INTEGER) AS state, f.since_secs,
    c.compliance_us, c.server_id
FROM computer c
    CROSS JOIN fact f
    JOIN updates u ON u.update_no = f.update_no
    JOIN revision r ON r.revision_id = u.latest
WHERE f.computer_no = c.computer_no
    AND (c.computer_no IN (
            SELECT m.computer_no
            FROM group_within w JOIN computer_group m ON m.group_id = w.group_id
            WHERE w.above = $1
        ) OR $1 IS NULL)
    AND (c.computer_no = $2 OR $2 IS NULL)
    AND (f.state = $3 OR $3 IS NULL)
    AND c.compliance_us IS NOT NULL AND r.deployable = 1 AND u.declined_us IS NULL
ORDER BY c.computer_id, f.update_no
LIMIT $4
