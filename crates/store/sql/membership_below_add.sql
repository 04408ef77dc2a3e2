-- $1 set of (computer number, group). Groups that are not here are those of a server that decides itself.
INSERT INTO membership_below (computer_no, group_id)
SELECT CAST(value ->> 0 AS INTEGER), g.group_id
FROM json_each($1) JOIN target_group g ON g.group_id = unhex(value ->> 1)
WHERE g.folded NOT IN ('all computers', 'unassigned computers')
ON CONFLICT (computer_no, group_id) DO NOTHING
