-- $1 set of (revision, licence).
INSERT INTO revision_eula (revision_id, eula_id)
SELECT CAST(value ->> 0 AS INTEGER), unhex(value ->> 1)
FROM json_each($1)
