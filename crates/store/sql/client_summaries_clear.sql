-- $1 set of servers.
DELETE FROM client_summary WHERE server_id IN (SELECT unhex(value ->> 0) FROM json_each($1))
