-- $1 generation before which nobody needs to look again at computers that are not there.
DELETE FROM computer_change
WHERE mark < $1 AND NOT EXISTS (SELECT 1 FROM computer c WHERE c.computer_id = computer_change.computer_id)
