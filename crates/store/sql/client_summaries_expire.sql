-- $1 time before which what was told counts no more.
DELETE FROM client_summary WHERE told_us < $1
