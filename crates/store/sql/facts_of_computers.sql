-- $1 set of (computer number).
SELECT f.computer_no, f.update_no, f.state, f.since_secs
FROM json_each($1) JOIN fact f ON f.computer_no = CAST(value ->> 0 AS INTEGER)
