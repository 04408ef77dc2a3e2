-- $1 computer, whosever it is.
SELECT computer_no, registered_us, requested_groups, server_id FROM computer WHERE computer_id = $1
