SELECT count(*) FROM downstream_server
