-- $1 SHA-256, $2 kinds, $3 reason, $4 time.
INSERT INTO content_release (sha256, kinds, reason, released_us) VALUES ($1, $2, $3, $4)
ON CONFLICT (sha256) DO UPDATE
SET kinds = excluded.kinds, reason = excluded.reason, released_us = excluded.released_us
