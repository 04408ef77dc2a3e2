-- $1 time before which nobody wanted them last.
DELETE FROM revocation_list WHERE wanted_us < $1
