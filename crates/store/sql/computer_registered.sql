UPDATE computer SET registered_us = $2 WHERE computer_no = $1
