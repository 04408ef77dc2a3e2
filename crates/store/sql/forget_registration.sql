DELETE FROM registration WHERE computer_no = $1
