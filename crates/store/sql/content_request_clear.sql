DELETE FROM content_request WHERE origin = $1
