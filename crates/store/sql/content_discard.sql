-- $1 SHA-256. What is held is not discarded.
DELETE FROM content WHERE sha256 = $1 AND state <> 0
