DELETE FROM scan WHERE computer_no = $1
