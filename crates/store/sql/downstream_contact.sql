UPDATE downstream_server SET last_contact_us = $2 WHERE server_id = $1
