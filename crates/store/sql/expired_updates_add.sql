-- $1 set of updates, which are here.
INSERT INTO expired_update (update_no, revision_id)
SELECT u.update_no, u.latest
FROM json_each($1) JOIN updates u ON u.update_id = unhex(value ->> 0)
WHERE u.latest IS NOT NULL
ON CONFLICT (update_no) DO UPDATE SET revision_id = excluded.revision_id
