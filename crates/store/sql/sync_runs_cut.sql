-- What was under way when the server stopped was cut short. $1 time.
UPDATE sync_run SET ended_us = $1, outcome = 3 WHERE outcome = 0
