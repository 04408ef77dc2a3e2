-- $1 server.
DELETE FROM client_summary WHERE server_id = $1
