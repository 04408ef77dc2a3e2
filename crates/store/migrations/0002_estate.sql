-- Times end in `_us` (microseconds since 1970) or `_secs`; GUIDs and digests are plain bytes.

-- The last number given of each kind. `mark` is the generation: it grows with every transaction that
-- changes what computers are offered, and holding its row puts those transactions in order.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value)
VALUES ('mark', 0), ('revision', 0), ('deployment', 0), ('update', 0), ('computer', 0), ('session-key', 0);

-- One row: which server this is.
CREATE TABLE estate (
    one SMALLINT PRIMARY KEY CHECK (one = 1),
    incarnation BYTEA NOT NULL,
    created_us BIGINT NOT NULL,
    config_changed_us BIGINT NOT NULL
);

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE session_key (
    epoch BIGINT PRIMARY KEY,
    secret BYTEA NOT NULL,
    created_us BIGINT NOT NULL
);

-- `folded` is the name as it is compared.
CREATE TABLE target_group (
    group_id BYTEA PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    parent BYTEA REFERENCES target_group (group_id)
);
INSERT INTO target_group (group_id, name, folded, parent)
VALUES (unhex('a0a087464dbe4a379adf9e7652c0b421'), 'All Computers', 'all computers', NULL);
INSERT INTO target_group (group_id, name, folded, parent)
VALUES (unhex('b73ca6ed572747f384de015e03f6a88a'), 'Unassigned Computers', 'unassigned computers',
        unhex('a0a087464dbe4a379adf9e7652c0b421'));
CREATE INDEX target_group_by_parent ON target_group (parent);
