-- Every licence that the latest revision of an update asks for, and when it was accepted.
SELECT e.eula_id, min(r.title), count(*), min(a.accepted_us)
FROM revision_eula e
    JOIN revision r ON r.revision_id = e.revision_id
    JOIN updates u ON u.latest = r.revision_id
    LEFT JOIN eula_accepted a ON a.eula_id = e.eula_id
GROUP BY e.eula_id
ORDER BY e.eula_id
