DELETE FROM requested_group WHERE computer_no = $1
