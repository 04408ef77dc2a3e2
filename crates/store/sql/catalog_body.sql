-- $1 revision.
SELECT body FROM revision_entry WHERE revision_id = $1
