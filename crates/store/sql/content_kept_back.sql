-- $1 limit: what is withheld or not judged, the latest first.
SELECT sha256, sha1, size, state, reason, changed_us FROM content
WHERE state >= 2
ORDER BY changed_us DESC, sha256
LIMIT $1
