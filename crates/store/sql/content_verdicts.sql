-- $1 set of (SHA-256).
SELECT v.sha256, v.basis, v.kinds, v.outcome, v.body, v.judged_us, r.reason, r.released_us
FROM json_each($1) JOIN content_verdict v ON v.sha256 = unhex(value ->> 0)
    LEFT JOIN content_release r ON r.sha256 = v.sha256
