SELECT a.deployment_id, u.update_id, a.group_id, a.action, a.deadline_us, a.changed_us, a.mark
FROM approval a JOIN updates u ON u.update_no = a.update_no
ORDER BY a.deployment_id
