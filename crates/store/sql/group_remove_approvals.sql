DELETE FROM approval WHERE group_id = $1
