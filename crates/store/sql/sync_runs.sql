-- $1 limit.
SELECT run_id, upstream, started_us, ended_us, outcome, body FROM sync_run ORDER BY run_id DESC LIMIT $1
