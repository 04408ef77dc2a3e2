-- $1 set of (SHA-1), $2 origin.
DELETE FROM content_request
WHERE origin = CAST($2 AS SMALLINT) AND sha1 IN (SELECT unhex(value ->> 0) FROM json_each($1))
