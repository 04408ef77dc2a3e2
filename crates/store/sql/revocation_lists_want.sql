-- $1 set of (address, key, authority), $2 time.
INSERT INTO revocation_list (address, authority_key, authority, wanted_us, again_us)
SELECT value ->> 0, unhex(value ->> 1), value ->> 2, $2, 0
FROM json_each($1)
WHERE TRUE
ON CONFLICT (address, authority_key) DO UPDATE SET wanted_us = excluded.wanted_us
