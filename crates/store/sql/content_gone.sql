-- $1 set of (SHA-256).
DELETE FROM content WHERE sha256 IN (SELECT unhex(value ->> 0) FROM json_each($1))
