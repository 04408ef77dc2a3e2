DELETE FROM session_key WHERE created_us < $1
