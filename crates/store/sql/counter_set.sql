UPDATE counter SET value = $1 WHERE name = $2
