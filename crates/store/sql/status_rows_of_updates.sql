-- $1 group, $2 computer number, $3 state; each may be NULL. $4 limit, $5 set of (update number).
SELECT c.computer_id, c.dns_name, u.update_id, r.title, c.compliance_us, c.server_id, f.since_secs,
    CASE
        WHEN c.compliance_us IS NULL THEN 0
        WHEN f.state IS NULL THEN CASE WHEN r.imported_us > coalesce(c.effective_us, c.compliance_us) THEN 0 ELSE 1 END
        ELSE CAST(f.state AS INTEGER)
    END AS state
FROM json_each($5)
    JOIN updates u ON u.update_no = CAST(value ->> 0 AS INTEGER)
    JOIN revision r ON r.revision_id = u.latest
    CROSS JOIN computer c
    LEFT JOIN fact f ON f.computer_no = c.computer_no AND f.update_no = u.update_no
WHERE (c.computer_no IN (
            SELECT m.computer_no
            FROM group_within w JOIN computer_group m ON m.group_id = w.group_id
            WHERE w.above = $1
        ) OR $1 IS NULL)
    AND (c.computer_no = $2 OR $2 IS NULL)
    AND (CASE
            WHEN c.compliance_us IS NULL THEN 0
            WHEN f.state IS NULL THEN CASE WHEN r.imported_us > coalesce(c.effective_us, c.compliance_us) THEN 0 ELSE 1 END
            ELSE f.state
        END = $3 OR $3 IS NULL)
ORDER BY c.computer_id, u.update_no
LIMIT $4
