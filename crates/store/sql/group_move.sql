UPDATE target_group SET parent = $2 WHERE group_id = $1
