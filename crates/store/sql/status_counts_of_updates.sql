-- $1 group, $2 computer number; each may be NULL. $3 set of (update number).
-- The sign keeps SQLite from trying every computer for every update.
WITH asked_update AS MATERIALIZED (
    SELECT DISTINCT u.update_no, r.imported_us
    FROM json_each($3)
        JOIN updates u ON u.update_no = CAST(value ->> 0 AS INTEGER)
        JOIN revision r ON r.revision_id = u.latest
),
asked_computer AS MATERIALIZED (
    -- `knows_us`: how far the catalog went that it reported about.
    SELECT c.computer_no, c.compliance_us, coalesce(c.effective_us, c.compliance_us) AS knows_us
    FROM computer c
    WHERE (c.computer_no IN (
            SELECT m.computer_no
            FROM group_within w JOIN computer_group m ON m.group_id = w.group_id
            WHERE w.above = $1
        ) OR $1 IS NULL)
        AND (c.computer_no = $2 OR $2 IS NULL)
)
SELECT 'computers' AS what, count(*) AS pairs, CAST(NULL AS BIGINT) AS early, min(compliance_us) AS oldest_us, max(compliance_us) AS newest_us
FROM asked_computer
UNION ALL
SELECT 'reporting', count(compliance_us), NULL, NULL, NULL FROM asked_computer
UNION ALL
SELECT 'updates', count(*), NULL, NULL, NULL FROM asked_update
UNION ALL
SELECT 'early', CAST(coalesce(sum(newer), 0) AS BIGINT), NULL, NULL, NULL
FROM (
    -- Newest first: what has been summed up when a computer's turn comes was imported after its last report.
    SELECT kind, sum(number) OVER (ORDER BY us DESC, kind DESC ROWS UNBOUNDED PRECEDING) AS newer
    FROM (
        SELECT imported_us AS us, 0 AS kind, count(*) AS number FROM asked_update GROUP BY imported_us
        UNION ALL
        SELECT knows_us, 1, 0 FROM asked_computer WHERE compliance_us IS NOT NULL
    ) AS moments
) AS sums
WHERE kind = 1
UNION ALL
SELECT CAST(f.state AS TEXT), count(*), sum(CASE WHEN u.imported_us > c.knows_us THEN 1 ELSE 0 END), NULL, NULL
FROM asked_update u CROSS JOIN fact f JOIN asked_computer c ON c.computer_no = +f.computer_no
WHERE f.update_no = u.update_no AND c.compliance_us IS NOT NULL
GROUP BY f.state
