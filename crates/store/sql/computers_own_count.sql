SELECT count(*) FROM computer WHERE server_id IS NULL
