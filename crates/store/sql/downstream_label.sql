UPDATE downstream_server SET label = $2 WHERE server_id = $1
