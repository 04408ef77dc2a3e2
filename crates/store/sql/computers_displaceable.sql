-- $1 limit. Of this server's own computers those that only ever said that they exist: none of them reported how it is
-- doing, and no administrator put one into a group. The longest silent first.
SELECT c.computer_no, c.computer_id
FROM computer c
WHERE c.server_id IS NULL
    AND c.compliance_us IS NULL
    AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.computer_no = c.computer_no)
ORDER BY c.last_contact_us, c.computer_no
LIMIT $1
