-- $1 run, $2 upstream, $3 time, $4 details.
INSERT INTO sync_run (run_id, upstream, started_us, outcome, body) VALUES ($1, $2, $3, 0, $4)
