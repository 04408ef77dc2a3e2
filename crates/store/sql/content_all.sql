SELECT sha256, sha1, size, state, reason, changed_us FROM content ORDER BY sha256
