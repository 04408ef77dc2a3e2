SELECT computer_no, group_id FROM membership ORDER BY computer_no, group_id
