-- Who signed the files that are here, and which of them may be given away.

-- What was found of a file, whether it is still here or not. `basis` names everything it follows from, `kinds` what updates said
-- that it is; `outcome`: 0 allowed, 1 to be reviewed, 2 refused; `body` is JSON; `again_us`: from when on it is to be judged again
-- though nothing else changed, because it was the time that decided.
CREATE TABLE content_verdict (
    sha256 BYTEA PRIMARY KEY,
    basis BYTEA NOT NULL,
    kinds TEXT NOT NULL,
    outcome SMALLINT NOT NULL,
    body TEXT NOT NULL,
    judged_us BIGINT NOT NULL,
    again_us BIGINT
);

-- Files that were to be reviewed and that an administrator lets through, as what they were said to be then, and why.
CREATE TABLE content_release (
    sha256 BYTEA PRIMARY KEY,
    kinds TEXT NOT NULL,
    reason TEXT NOT NULL,
    released_us BIGINT NOT NULL
);

-- Files that are withheld, or were once, and the generation in which that changed last. A row stays when its file goes: whoever
-- was told of the one has to be told of the other.
CREATE TABLE content_turn (
    sha1 BYTEA PRIMARY KEY,
    is_withheld SMALLINT NOT NULL,
    mark BIGINT NOT NULL
);

-- Whether a revision says of itself that it was published locally; NULL until its document was read for that.
ALTER TABLE revision ADD COLUMN is_local SMALLINT;

CREATE INDEX revision_file_by_sha1 ON revision_file (sha1);

-- State 2 is withheld: as it was promised, and still not to be given away, for a reason; 3 is that nobody has looked yet. So it
-- is with all that came before anybody did.
CREATE INDEX content_kept_back ON content (changed_us) WHERE state >= 2;
UPDATE content SET state = 3 WHERE state = 0;
