-- This server's own computers: others never scan here.
SELECT computer_no, computer_id, registered_us, requested_groups
FROM computer
WHERE server_id IS NULL
ORDER BY computer_id
