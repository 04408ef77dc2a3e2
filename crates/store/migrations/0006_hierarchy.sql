-- Servers above and below this one. What there is one of (upstreams, subscription, anchors) is JSON in `setting`.

-- Where a file's publisher serves it, in plain HTTP or HTTPS (MS-WSUSSS 2.2.2.2.7, MUUrl); an upstream may say so late.
CREATE TABLE file_location (
    sha1 BYTEA PRIMARY KEY,
    url TEXT NOT NULL
);

-- Files somebody asked for, beyond what decisions here want. `origin` 0 a computer, 1 a server below, 2 the administrator,
-- 3 an archive under way.
CREATE TABLE content_request (
    sha1 BYTEA NOT NULL,
    origin SMALLINT NOT NULL,
    asked_us BIGINT NOT NULL,
    PRIMARY KEY (sha1, origin)
);

-- What opens a file that is served encrypted.
CREATE TABLE file_key (
    sha1 BYTEA PRIMARY KEY,
    decryption_key BYTEA NOT NULL
);

-- The licence that must be accepted before a revision may be installed, and those that were.
CREATE TABLE revision_eula (
    revision_id INTEGER PRIMARY KEY REFERENCES revision (revision_id),
    eula_id BYTEA NOT NULL
);
CREATE TABLE eula_accepted (
    eula_id BYTEA PRIMARY KEY,
    accepted_us BIGINT NOT NULL
);

-- What a synchronisation fetched and has not applied yet: one that was cut short goes on from here. `body` is the
-- document as it came: one zstd frame. `position` is its place in the upstream's list.
CREATE TABLE staged_revision (
    update_id BYTEA NOT NULL,
    revision_number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (update_id, revision_number)
);
CREATE INDEX staged_revision_by_position ON staged_revision (position, update_id, revision_number);

-- History of synchronisations. Outcome 0 under way, 1 succeeded, 2 failed, 3 cut short; `body` is JSON: counts, what was
-- refused and why, what failed.
CREATE TABLE sync_run (
    run_id INTEGER PRIMARY KEY,
    upstream TEXT NOT NULL,
    started_us BIGINT NOT NULL,
    ended_us BIGINT,
    outcome SMALLINT NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('sync-run', 0);

-- An upstream's deployment, by its own GUID, and the approval it became here.
CREATE TABLE replicated_deployment (
    deployment_guid BYTEA PRIMARY KEY,
    deployment_id INTEGER NOT NULL
);
CREATE INDEX replicated_deployment_by_id ON replicated_deployment (deployment_id);
-- Approvals that are gone, with the generation that removed each: replicas are told (MS-WSUSSS 3.1.4.10, DeadDeployments).
CREATE TABLE dead_deployment (
    deployment_id INTEGER PRIMARY KEY,
    mark BIGINT NOT NULL
);
CREATE INDEX dead_deployment_by_mark ON dead_deployment (mark);

-- Servers below this one, direct or not. `parent` is NULL for those that ask here. State 0 allowed, 1 refused.
CREATE TABLE downstream_server (
    server_id BYTEA PRIMARY KEY,
    name TEXT NOT NULL,
    label TEXT,
    parent BYTEA,
    state SMALLINT NOT NULL,
    first_seen_us BIGINT NOT NULL,
    last_contact_us BIGINT NOT NULL,
    last_sync_us BIGINT,
    last_rollup_us BIGINT,
    version TEXT,
    is_replica SMALLINT,
    summary TEXT
);
