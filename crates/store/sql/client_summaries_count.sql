SELECT count(*) FROM client_summary
