-- $1 set of (computer number, update number), $2 round.
INSERT INTO fact_change (computer_no, update_no, round)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS INTEGER), $2
FROM json_each($1)
WHERE TRUE
ON CONFLICT (computer_no, update_no) DO UPDATE SET round = excluded.round
