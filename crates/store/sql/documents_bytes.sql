-- $1 set of (revision).
SELECT CAST(coalesce(sum(length(d.body)), 0) AS BIGINT)
FROM json_each($1) JOIN document d ON d.revision_id = CAST(value ->> 0 AS INTEGER)
