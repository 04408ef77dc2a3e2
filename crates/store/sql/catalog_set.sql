-- $1 revision, $2 bytes, $3 revisions: as many with the next higher numbers, as one row. What is larger has no body.
-- Numbers stand in texts, with a space between: that is how both engines put many values into one.
SELECT
    string_agg(CAST(revision_id AS TEXT), ' '),
    string_agg(CAST(mark AS TEXT), ' '),
    string_agg(CAST(imported_us AS TEXT), ' '),
    string_agg(CAST(body_bytes AS TEXT), ' '),
    string_agg(CASE WHEN body_bytes <= $2 THEN body END, '')
FROM (
    SELECT r.revision_id, r.mark, r.imported_us, length(e.body) AS body_bytes, e.body
    FROM revision r JOIN revision_entry e ON e.revision_id = r.revision_id
    WHERE r.revision_id > $1
    ORDER BY r.revision_id
    LIMIT $3
) next
