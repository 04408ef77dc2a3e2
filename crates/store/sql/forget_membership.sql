DELETE FROM membership WHERE computer_no = $1
