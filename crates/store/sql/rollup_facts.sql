-- $1 set of (computer number).
SELECT f.computer_no, u.update_id, CAST(f.state AS SMALLINT) AS state, f.since_secs
FROM json_each($1)
    JOIN fact f ON f.computer_no = CAST(value ->> 0 AS INTEGER)
    JOIN updates u ON u.update_no = f.update_no
