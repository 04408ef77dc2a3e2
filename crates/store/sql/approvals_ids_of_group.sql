SELECT deployment_id FROM approval WHERE group_id = $1
