-- $1 group, $2 computer number; each may be NULL.
-- The sign keeps SQLite from trying every update for every computer.
WITH asked_update AS MATERIALIZED (
    SELECT u.update_no
    FROM updates u JOIN revision r ON r.revision_id = u.latest
    WHERE r.deployable = 1 AND u.declined_us IS NULL
),
asked_computer AS MATERIALIZED (
    SELECT c.computer_no, c.compliance_us
    FROM computer c
    WHERE (c.computer_no IN (
            SELECT m.computer_no
            FROM group_within w JOIN computer_group m ON m.group_id = w.group_id
            WHERE w.above = $1
        ) OR $1 IS NULL)
        AND (c.computer_no = $2 OR $2 IS NULL)
)
SELECT 'computers' AS what, count(*) AS pairs, min(compliance_us) AS oldest_us, max(compliance_us) AS newest_us
FROM asked_computer
UNION ALL
SELECT 'reporting', count(compliance_us), NULL, NULL FROM asked_computer
UNION ALL
SELECT 'updates', count(*), NULL, NULL FROM asked_update
UNION ALL
SELECT CAST(f.state AS TEXT), count(*), NULL, NULL
FROM asked_computer c CROSS JOIN fact f
WHERE f.computer_no = c.computer_no AND c.compliance_us IS NOT NULL
    AND +f.update_no IN (SELECT update_no FROM asked_update)
GROUP BY f.state
