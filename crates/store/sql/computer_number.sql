SELECT computer_no FROM computer WHERE computer_id = $1
