-- $1 set of (SHA-1, key).
INSERT INTO file_key (sha1, decryption_key)
SELECT unhex(value ->> 0), unhex(value ->> 1)
FROM json_each($1)
WHERE TRUE
ON CONFLICT (sha1) DO UPDATE SET decryption_key = excluded.decryption_key
