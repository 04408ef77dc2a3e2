SELECT count(*) FROM client_activity
