SELECT server_id, parent FROM downstream_server
