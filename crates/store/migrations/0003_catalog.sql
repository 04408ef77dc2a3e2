-- An update by its number here. `latest` is its latest revision; it is NULL while only computers' reports
-- have named the update.
CREATE TABLE updates (
    update_no INTEGER PRIMARY KEY,
    update_id BYTEA NOT NULL UNIQUE,
    latest INTEGER,
    declined_mark BIGINT,
    declined_us BIGINT
);

-- What lists and searches need; narrow, so that half a million can be looked through.
CREATE TABLE revision (
    revision_id INTEGER PRIMARY KEY,
    update_no INTEGER NOT NULL REFERENCES updates (update_no),
    revision_number INTEGER NOT NULL,
    mark BIGINT NOT NULL,
    imported_us BIGINT NOT NULL,
    created_us BIGINT,
    update_type SMALLINT NOT NULL,
    deployable SMALLINT NOT NULL,
    classification BYTEA,
    severity TEXT,
    digest BYTEA NOT NULL,
    title TEXT NOT NULL,
    title_folded TEXT NOT NULL,
    UNIQUE (update_no, revision_number)
);

-- What the catalog needs, read as a whole at start: a format byte, then postcard.
CREATE TABLE revision_entry (
    revision_id INTEGER PRIMARY KEY REFERENCES revision (revision_id),
    body BYTEA NOT NULL
);

-- The document as it came: one zstd frame.
CREATE TABLE document (
    revision_id INTEGER PRIMARY KEY REFERENCES revision (revision_id),
    body BYTEA NOT NULL
);

-- What clients are sent, a zstd frame each. The core fragment is last because it may have megabytes,
-- and SQLite walks through what stands before the column it reads.
CREATE TABLE fragments (
    revision_id INTEGER PRIMARY KEY REFERENCES revision (revision_id),
    extended BYTEA NOT NULL,
    localized BYTEA NOT NULL,
    eulas BYTEA NOT NULL,
    core BYTEA NOT NULL
);

CREATE TABLE revision_kb (
    kb TEXT NOT NULL,
    revision_id INTEGER NOT NULL REFERENCES revision (revision_id),
    PRIMARY KEY (kb, revision_id)
);
CREATE INDEX revision_kb_by_revision ON revision_kb (revision_id);

CREATE TABLE revision_cve (
    cve TEXT NOT NULL,
    revision_id INTEGER NOT NULL REFERENCES revision (revision_id),
    PRIMARY KEY (cve, revision_id)
);
CREATE INDEX revision_cve_by_revision ON revision_cve (revision_id);

-- What metadata promises of a file, once for all revisions; the name is the first one seen.
CREATE TABLE content_file (
    sha1 BYTEA PRIMARY KEY,
    sha256 BYTEA,
    size BIGINT NOT NULL,
    name TEXT NOT NULL
);

CREATE TABLE revision_file (
    revision_id INTEGER NOT NULL REFERENCES revision (revision_id),
    position INTEGER NOT NULL,
    sha1 BYTEA NOT NULL REFERENCES content_file (sha1),
    name TEXT NOT NULL,
    PRIMARY KEY (revision_id, position)
);

-- A decision for a group; at most one for an update and a group.
CREATE TABLE approval (
    deployment_id INTEGER PRIMARY KEY,
    update_no INTEGER NOT NULL REFERENCES updates (update_no),
    group_id BYTEA NOT NULL REFERENCES target_group (group_id),
    action SMALLINT NOT NULL,
    deadline_us BIGINT,
    changed_us BIGINT NOT NULL,
    mark BIGINT NOT NULL,
    UNIQUE (update_no, group_id)
);
CREATE INDEX approval_by_group ON approval (group_id);

-- A file that is here. State 0 is held, 1 quarantined for a reason.
CREATE TABLE content (
    sha256 BYTEA PRIMARY KEY,
    sha1 BYTEA NOT NULL,
    size BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    reason TEXT,
    changed_us BIGINT NOT NULL
);
CREATE INDEX content_by_sha1 ON content (sha1);
