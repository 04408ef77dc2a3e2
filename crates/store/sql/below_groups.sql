SELECT m.group_id, count(*)
FROM computer_group m JOIN computer c ON c.computer_no = m.computer_no
WHERE c.server_id IS NOT NULL
GROUP BY m.group_id
