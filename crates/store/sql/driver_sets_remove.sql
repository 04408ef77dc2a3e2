-- $1 set of (set).
DELETE FROM driver_set WHERE set_id IN (SELECT unhex(value ->> 0) FROM json_each($1))
