INSERT INTO session_key (epoch, secret, created_us) VALUES ($1, $2, $3)
