-- $1 set of (computer number, update, revision number, successes, failures), $2 round. Of updates that are here: a computer may
-- name any.
INSERT INTO install_activity (computer_no, update_id, round, revision_number, successes, failures)
SELECT CAST(value ->> 0 AS INTEGER), u.update_id, $2, CAST(value ->> 2 AS INTEGER),
    CAST(value ->> 3 AS BIGINT), CAST(value ->> 4 AS BIGINT)
FROM json_each($1) JOIN updates u ON u.update_id = unhex(value ->> 1)
WHERE u.latest IS NOT NULL
ON CONFLICT (computer_no, update_id, round) DO UPDATE
SET revision_number = excluded.revision_number, successes = install_activity.successes + excluded.successes,
    failures = install_activity.failures + excluded.failures
