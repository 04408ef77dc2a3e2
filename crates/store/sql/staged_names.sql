SELECT update_id, revision_number FROM staged_revision ORDER BY position
