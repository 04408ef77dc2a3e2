-- $1 generation: computers that changed after it; those that were removed, or are a server below's, without a number.
SELECT ch.computer_id, c.computer_no, c.registered_us, c.requested_groups
FROM computer_change ch LEFT JOIN computer c ON c.computer_id = ch.computer_id AND c.server_id IS NULL
WHERE ch.mark > $1
