-- $1 group, $2 name as it is compared.
UPDATE target_group SET folded = $2 WHERE group_id = $1
