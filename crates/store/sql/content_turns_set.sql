-- $1 set of (SHA-1, 1 if it is withheld), $2 generation.
INSERT INTO content_turn (sha1, is_withheld, mark)
SELECT unhex(value ->> 0), CAST(value ->> 1 AS SMALLINT), $2
FROM json_each($1)
WHERE TRUE
ON CONFLICT (sha1) DO UPDATE SET is_withheld = excluded.is_withheld, mark = excluded.mark
