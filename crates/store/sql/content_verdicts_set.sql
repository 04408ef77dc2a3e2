-- $1 set of (SHA-256, basis, kinds, outcome, body, when again or none, examination or none), $2 time.
INSERT INTO content_verdict (sha256, basis, kinds, outcome, body, judged_us, again_us, examination)
SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, CAST(value ->> 3 AS SMALLINT), value ->> 4, $2,
    CAST(value ->> 5 AS BIGINT), unhex(value ->> 6)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (sha256) DO UPDATE
SET basis = excluded.basis, kinds = excluded.kinds, outcome = excluded.outcome, body = excluded.body,
    judged_us = excluded.judged_us, again_us = excluded.again_us, examination = excluded.examination
