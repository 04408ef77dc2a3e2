-- $1 round that told what was before it.
DELETE FROM install_activity WHERE round < $1
