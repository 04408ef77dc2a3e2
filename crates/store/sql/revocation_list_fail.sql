-- $1 address, $2 key, $3 why, $4 when to ask again, $5 time.
UPDATE revocation_list
SET failure = $3, again_us = $4, tried_us = $5
WHERE address = $1 AND authority_key = $2
