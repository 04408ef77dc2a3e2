-- $1 computer, whosever it is.
SELECT computer_no, registered_us, requested_groups FROM computer WHERE computer_id = $1
