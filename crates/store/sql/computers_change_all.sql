-- $1 set of (computer), $2 generation.
INSERT INTO computer_change (computer_id, mark)
SELECT value ->> 0, $2
FROM json_each($1)
WHERE TRUE
ON CONFLICT (computer_id) DO UPDATE SET mark = excluded.mark
