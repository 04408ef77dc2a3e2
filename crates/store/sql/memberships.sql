-- Those of this server's own computers: others never scan here.
SELECT m.computer_no, m.group_id
FROM membership m JOIN computer c ON c.computer_no = m.computer_no
WHERE c.server_id IS NULL
ORDER BY m.computer_no, m.group_id
