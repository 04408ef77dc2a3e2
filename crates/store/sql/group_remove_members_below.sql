DELETE FROM membership_below WHERE group_id = $1
