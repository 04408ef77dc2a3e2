SELECT update_id, declined_mark FROM updates WHERE declined_mark IS NOT NULL ORDER BY update_no
