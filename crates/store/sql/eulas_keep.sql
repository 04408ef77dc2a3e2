-- $1 set of (licence): all others count as not accepted.
DELETE FROM eula_accepted WHERE eula_id NOT IN (SELECT unhex(value ->> 0) FROM json_each($1))
