SELECT s.scanned_us, s.installed
FROM computer c JOIN scan s ON s.computer_no = c.computer_no
WHERE c.computer_id = $1
