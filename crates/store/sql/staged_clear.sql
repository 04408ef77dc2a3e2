DELETE FROM staged_revision
