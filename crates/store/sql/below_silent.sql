-- $1 time in microseconds: computers that their server has not told of for so long, although it has told of others.
SELECT c.computer_no
FROM downstream_server s JOIN computer c ON c.server_id = s.server_id
WHERE c.told_us < s.last_rollup_us - $1
