-- $1 computer, or NULL; $2 limit.
SELECT c.computer_id, e.received_us, e.instance, e.happened_us, e.event_id, e.hresult, e.revision_number,
    e.update_id, e.raw
FROM event e JOIN computer c ON c.computer_no = e.computer_no
WHERE c.computer_id = $1 OR $1 IS NULL
ORDER BY e.received_us DESC, e.happened_us DESC
LIMIT $2
