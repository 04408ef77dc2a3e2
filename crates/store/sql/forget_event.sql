DELETE FROM event WHERE computer_no = $1
