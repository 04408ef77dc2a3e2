-- $1 computer number before the first, $2 round, $3 whether all are asked for, $4 limit. Outcome 1 is a success.
-- Only of what came before a report can the report say anything: the synchronisation before it.
SELECT c.computer_no, c.computer_id, u.number, u.is_full, c.compliance_us,
    (SELECT max(s.started_us) FROM sync_run s
        WHERE s.outcome = 1 AND s.ended_us <= coalesce(c.effective_us, c.compliance_us)) AS effective_us
FROM rolled_up u JOIN computer c ON c.computer_no = u.computer_no
WHERE u.computer_no > $1 AND c.compliance_us IS NOT NULL
    AND (u.is_full = 1 OR c.compliance_us IS DISTINCT FROM u.report_us OR $3 = 1
        OR EXISTS (SELECT 1 FROM fact_change f WHERE f.computer_no = u.computer_no AND f.round < $2))
ORDER BY u.computer_no
LIMIT $4
