INSERT INTO target_group (group_id, name, folded, parent) VALUES ($1, $2, $3, $4)
