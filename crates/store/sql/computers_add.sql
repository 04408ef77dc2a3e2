-- $1 set of (number, computer, time).
INSERT INTO computer (computer_no, computer_id, first_seen_us, last_contact_us, address, agent)
SELECT CAST(value ->> 0 AS INTEGER), value ->> 1, CAST(value ->> 2 AS BIGINT), CAST(value ->> 2 AS BIGINT), '', ''
FROM json_each($1)
WHERE TRUE
ON CONFLICT (computer_id) DO NOTHING
