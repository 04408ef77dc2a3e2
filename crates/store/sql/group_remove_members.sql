DELETE FROM membership WHERE group_id = $1
