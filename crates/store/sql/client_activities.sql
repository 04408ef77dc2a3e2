-- $1 server, $2 limit. Where most failed comes first.
SELECT a.update_id, r.title, max(a.revision_number) AS revision_number,
    CAST(sum(a.successes) AS BIGINT) AS successes, CAST(sum(a.failures) AS BIGINT) AS failures
FROM client_activity a
    LEFT JOIN updates u ON u.update_id = a.update_id
    LEFT JOIN revision r ON r.revision_id = u.latest
WHERE a.server_id = $1
GROUP BY a.update_id, r.title
ORDER BY failures DESC, successes DESC, a.update_id
LIMIT $2
