-- $1 limit, $2 time. Of this server's own computers that no administrator put into a group those that only ever said that they
-- exist, none of which reported how it is doing; then those that were silent since that time. The longest silent first.
SELECT c.computer_no, c.computer_id
FROM computer c
WHERE c.server_id IS NULL
    AND (c.compliance_us IS NULL OR c.last_contact_us < $2)
    AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.computer_no = c.computer_no)
ORDER BY CASE WHEN c.compliance_us IS NULL THEN 0 ELSE 1 END, c.last_contact_us, c.computer_no
LIMIT $1
