-- $1 computer, $2 time.
INSERT INTO computer_removed (computer_id, removed_us)
VALUES ($1, $2)
ON CONFLICT (computer_id) DO UPDATE SET removed_us = excluded.removed_us
