-- $1 group, $2 computer number; each may be NULL. $3 set of (update number).
-- The sign keeps SQLite from trying every computer for every update.
WITH asked_update AS MATERIALIZED (
    SELECT DISTINCT CAST(value ->> 0 AS INTEGER) AS update_no FROM json_each($3)
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
FROM asked_update u CROSS JOIN fact f
WHERE f.update_no = u.update_no
    AND +f.computer_no IN (SELECT computer_no FROM asked_computer WHERE compliance_us IS NOT NULL)
GROUP BY f.state
