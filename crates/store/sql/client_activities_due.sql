SELECT server_id, update_id, system, revision_number, successes - passed_successes AS successes,
    failures - passed_failures AS failures
FROM client_activity
WHERE successes > passed_successes OR failures > passed_failures
ORDER BY server_id, system, update_id
