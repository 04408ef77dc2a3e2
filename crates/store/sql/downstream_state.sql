SELECT state FROM downstream_server WHERE server_id = $1
