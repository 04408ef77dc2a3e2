SELECT epoch, secret, created_us FROM session_key ORDER BY epoch
