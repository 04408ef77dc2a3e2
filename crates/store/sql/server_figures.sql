-- Of this server's own computers, and of updates that may be approved. $1 and $2: the two classifications that count as
-- critical. States 2 needed, 3 downloaded, 4 installed, 5 pending reboot, 6 failed; action 3 is "not approved".
WITH offered AS MATERIALIZED (
    SELECT u.update_no, u.declined_us, r.classification,
        EXISTS (SELECT 1 FROM approval a WHERE a.update_no = u.update_no AND a.action <> 3) AS is_approved,
        EXISTS (SELECT 1 FROM fact f JOIN computer c ON c.computer_no = f.computer_no
            WHERE f.update_no = u.update_no AND f.state = 6 AND c.server_id IS NULL) AS has_failed,
        EXISTS (SELECT 1 FROM fact f JOIN computer c ON c.computer_no = f.computer_no
            WHERE f.update_no = u.update_no AND f.state IN (2, 3, 5, 6) AND c.server_id IS NULL) AS is_needed,
        EXISTS (SELECT 1 FROM fact f JOIN computer c ON c.computer_no = f.computer_no
            WHERE f.update_no = u.update_no AND f.state = 4 AND c.server_id IS NULL) AS is_installed,
        EXISTS (SELECT 1 FROM expired_update e
            WHERE e.update_no = u.update_no AND e.revision_id = u.latest) AS is_expired
    FROM updates u JOIN revision r ON r.revision_id = u.latest
    WHERE r.deployable = 1
),
own AS MATERIALIZED (
    SELECT c.compliance_us,
        EXISTS (SELECT 1 FROM fact f JOIN offered o ON o.update_no = f.update_no
            WHERE f.computer_no = c.computer_no AND f.state IN (2, 3, 5, 6) AND o.declined_us IS NULL) AS is_needing,
        EXISTS (SELECT 1 FROM fact f JOIN offered o ON o.update_no = f.update_no
            WHERE f.computer_no = c.computer_no AND f.state = 6 AND o.declined_us IS NULL) AS has_failed
    FROM computer c
    WHERE c.server_id IS NULL
)
SELECT
    (SELECT count(*) FROM offered) AS updates,
    (SELECT count(*) FROM offered WHERE declined_us IS NOT NULL) AS declined,
    (SELECT count(*) FROM offered WHERE declined_us IS NULL AND is_approved) AS approved,
    (SELECT count(*) FROM offered WHERE declined_us IS NULL AND NOT is_approved) AS not_approved,
    (SELECT count(*) FROM offered WHERE is_expired AND NOT is_approved) AS expired,
    (SELECT count(*) FROM offered
        WHERE declined_us IS NULL AND NOT is_approved AND classification IN ($1, $2)) AS critical_not_approved,
    (SELECT count(*) FROM offered WHERE declined_us IS NULL AND has_failed) AS failed,
    (SELECT count(*) FROM offered WHERE declined_us IS NULL AND is_needed) AS needed,
    (SELECT count(*) FROM offered WHERE declined_us IS NULL AND is_installed AND NOT is_needed) AS up_to_date,
    (SELECT count(*) FROM target_group WHERE folded NOT IN ('all computers', 'unassigned computers')) AS custom_groups,
    (SELECT count(*) FROM own) AS computers,
    (SELECT count(*) FROM own WHERE is_needing) AS computers_needing,
    (SELECT count(*) FROM own WHERE has_failed) AS computers_failed,
    (SELECT count(*) FROM own WHERE compliance_us IS NOT NULL AND NOT is_needing) AS computers_up_to_date
