-- $1 run, $2 time, $3 outcome, $4 details.
UPDATE sync_run SET ended_us = $2, outcome = $3, body = $4 WHERE run_id = $1
