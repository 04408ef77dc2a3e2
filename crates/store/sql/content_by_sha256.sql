-- $1 SHA-256.
SELECT sha256, sha1, size, state, reason, changed_us FROM content WHERE sha256 = $1
