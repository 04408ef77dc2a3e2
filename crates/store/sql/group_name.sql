SELECT name FROM target_group WHERE group_id = $1
