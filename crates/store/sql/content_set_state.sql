-- $1 SHA-256, $2 state, $3 reason, $4 time.
UPDATE content SET state = CAST($2 AS SMALLINT), reason = $3, changed_us = $4 WHERE sha256 = $1
