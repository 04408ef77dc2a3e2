SELECT update_no FROM updates WHERE update_id = $1 AND latest IS NOT NULL
