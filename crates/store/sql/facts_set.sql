-- $1 set of (computer number, update number, state, since).
INSERT INTO fact (computer_no, update_no, state, since_secs)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS INTEGER), CAST(value ->> 2 AS SMALLINT),
    CAST(value ->> 3 AS BIGINT)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (computer_no, update_no) DO UPDATE SET state = excluded.state, since_secs = excluded.since_secs
