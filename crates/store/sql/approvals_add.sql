-- $1 set of (deployment, update number, group, action, deadline); $2 time, $3 generation.
INSERT INTO approval (deployment_id, update_no, group_id, action, deadline_us, changed_us, mark)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS INTEGER), unhex(value ->> 2),
    CAST(value ->> 3 AS SMALLINT), CAST(value ->> 4 AS BIGINT), $2, $3
FROM json_each($1)
WHERE TRUE
ON CONFLICT (deployment_id) DO UPDATE
SET action = excluded.action, deadline_us = excluded.deadline_us, changed_us = excluded.changed_us,
    mark = excluded.mark
