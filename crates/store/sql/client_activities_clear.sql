-- $1 server.
DELETE FROM client_activity WHERE server_id = $1
