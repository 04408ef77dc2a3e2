-- Latest revisions that name a file which is withheld, or was; with the generation in which that changed.
SELECT f.revision_id, t.is_withheld, t.mark
FROM content_turn t JOIN revision_file f ON f.sha1 = t.sha1
    JOIN revision r ON r.revision_id = f.revision_id
    JOIN updates u ON u.update_no = r.update_no AND u.latest = r.revision_id
