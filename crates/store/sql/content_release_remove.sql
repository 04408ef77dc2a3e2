-- $1 SHA-256.
DELETE FROM content_release WHERE sha256 = $1
