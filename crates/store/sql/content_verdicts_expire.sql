-- $1 time: verdicts of that age on files that are not here.
DELETE FROM content_verdict
WHERE judged_us < $1 AND NOT EXISTS (SELECT 1 FROM content c WHERE c.sha256 = content_verdict.sha256)
