DELETE FROM computer WHERE computer_no = $1
