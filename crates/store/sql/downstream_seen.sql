-- $1 server, $2 its name, $3 time. Whoever asks here is below this server and no other.
INSERT INTO downstream_server (server_id, name, state, first_seen_us, last_contact_us)
VALUES ($1, $2, 0, $3, $3)
ON CONFLICT (server_id) DO UPDATE
SET name = excluded.name, last_contact_us = excluded.last_contact_us, parent = NULL
RETURNING state
