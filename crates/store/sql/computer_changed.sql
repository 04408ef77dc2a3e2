-- $1 computer, $2 generation.
INSERT INTO computer_change (computer_id, mark)
VALUES ($1, $2)
ON CONFLICT (computer_id) DO UPDATE SET mark = excluded.mark
