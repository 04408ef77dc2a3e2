UPDATE target_group SET name = $2, folded = $3 WHERE group_id = $1
