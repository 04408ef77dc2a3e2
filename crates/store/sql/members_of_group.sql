SELECT c.computer_id FROM membership m JOIN computer c ON c.computer_no = m.computer_no WHERE m.group_id = $1
