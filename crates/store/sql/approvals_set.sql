-- $1 set of (deployment, update number); $2 group, $3 action, $4 deadline, $5 time, $6 generation.
INSERT INTO approval (deployment_id, update_no, group_id, action, deadline_us, changed_us, mark)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS INTEGER), $2, $3, $4, $5, $6
FROM json_each($1)
WHERE TRUE
ON CONFLICT (deployment_id) DO UPDATE
SET action = excluded.action, deadline_us = excluded.deadline_us, changed_us = excluded.changed_us,
    mark = excluded.mark
