-- $1 number, $2 and $3 generations, $4 limit. Numbers ascend with the generations.
SELECT r.revision_id, u.update_id, r.revision_number
FROM revision r JOIN updates u ON u.update_no = r.update_no
WHERE r.revision_id > $1 AND r.mark > $2 AND r.mark <= $3
ORDER BY r.revision_id
LIMIT $4
