-- $1 set of (computer number, hash of its news, hash of its details unless they were not told).
INSERT INTO rolled_up (computer_no, news, details)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (computer_no) DO UPDATE
SET news = excluded.news, details = coalesce(excluded.details, rolled_up.details)
