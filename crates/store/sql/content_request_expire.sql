-- $1 time: wishes of computers that are older.
DELETE FROM content_request WHERE origin = 0 AND asked_us < $1
