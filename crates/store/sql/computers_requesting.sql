SELECT computer_no, computer_id, registered_us, requested_groups FROM computer ORDER BY computer_id
