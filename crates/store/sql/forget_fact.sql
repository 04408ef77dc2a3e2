DELETE FROM fact WHERE computer_no = $1
