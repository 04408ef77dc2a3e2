-- $1 address, $2 key, $3 list, $4 when it was made, $5 when it ends, $6 when to ask again, $7 time.
UPDATE revocation_list
SET list = $3, made_us = $4, ends_us = $5, again_us = $6, tried_us = $7, failure = NULL
WHERE address = $1 AND authority_key = $2
