UPDATE downstream_server SET state = $2 WHERE server_id = $1
