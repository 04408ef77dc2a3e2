-- $1 set of (computer number, time, offset, length) in the bytes $2. `coalesce` tells PostgreSQL that these are bytes.
INSERT INTO scan (computer_no, scanned_us, installed)
SELECT CAST(value ->> 0 AS INTEGER), CAST(value ->> 1 AS BIGINT),
    substr(coalesce($2, unhex('')), CAST(value ->> 2 AS INTEGER), CAST(value ->> 3 AS INTEGER))
FROM json_each($1)
WHERE TRUE
ON CONFLICT (computer_no) DO UPDATE
SET scanned_us = excluded.scanned_us, installed = excluded.installed
WHERE excluded.scanned_us >= scan.scanned_us
