-- $1 set of (SHA-1).
SELECT t.sha1, t.is_withheld FROM json_each($1) JOIN content_turn t ON t.sha1 = unhex(value ->> 0)
