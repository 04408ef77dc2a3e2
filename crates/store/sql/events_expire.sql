-- $1 time, $2 limit.
DELETE FROM event
WHERE (computer_no, instance) IN (SELECT computer_no, instance FROM event WHERE received_us < $1 LIMIT $2)
