-- $1 set of (computer number), $2 round. No state: it is not applicable any more.
SELECT ch.computer_no, u.update_id, f.state, f.since_secs
FROM json_each($1)
    JOIN fact_change ch ON ch.computer_no = CAST(value ->> 0 AS INTEGER)
    JOIN updates u ON u.update_no = ch.update_no
    LEFT JOIN fact f ON f.computer_no = ch.computer_no AND f.update_no = ch.update_no
WHERE ch.round < $2
