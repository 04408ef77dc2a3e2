-- $1 set of (set).
SELECT d.set_id, d.body
FROM json_each($1) JOIN driver_set d ON d.set_id = unhex(value ->> 0)
