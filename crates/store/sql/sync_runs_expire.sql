-- $1 time: those that began before it.
DELETE FROM sync_run WHERE started_us < $1
