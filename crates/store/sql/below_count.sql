SELECT server_id, count(*) FROM computer WHERE server_id IS NOT NULL GROUP BY server_id
