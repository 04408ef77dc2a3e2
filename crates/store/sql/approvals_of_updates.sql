-- $1 set of (update number).
SELECT a.deployment_id, u.update_id, a.group_id, a.action, a.deadline_us, a.changed_us, a.mark
FROM json_each($1)
    JOIN approval a ON a.update_no = CAST(value ->> 0 AS INTEGER)
    JOIN updates u ON u.update_no = a.update_no
ORDER BY a.deployment_id
