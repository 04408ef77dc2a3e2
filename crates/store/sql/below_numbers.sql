-- $1 server.
SELECT computer_no FROM computer WHERE server_id = $1
