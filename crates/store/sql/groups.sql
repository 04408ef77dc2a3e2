SELECT group_id, name, parent FROM target_group ORDER BY folded
