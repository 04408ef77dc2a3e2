-- $1 SHA-256, $2 reason, $3 time.
UPDATE content SET state = 1, reason = $2, changed_us = $3 WHERE sha256 = $1
