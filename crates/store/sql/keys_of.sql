-- $1 set of (SHA-1).
SELECT k.sha1, k.decryption_key
FROM json_each($1) JOIN file_key k ON k.sha1 = unhex(value ->> 0)
