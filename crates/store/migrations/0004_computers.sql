-- A computer by its number here. Narrow, because every contact writes it; what is long stands beside it.
CREATE TABLE computer (
    computer_no INTEGER PRIMARY KEY,
    computer_id TEXT NOT NULL UNIQUE,
    first_seen_us BIGINT NOT NULL,
    last_contact_us BIGINT NOT NULL,
    protocol_major INTEGER,
    protocol_minor INTEGER,
    registered_us BIGINT,
    detection_us BIGINT,
    detection_ok SMALLINT,
    compliance_us BIGINT,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    dns_name TEXT,
    requested_groups TEXT
);

-- What it told of itself: typed where it is searched, and whole as JSON.
CREATE TABLE registration (
    computer_no INTEGER PRIMARY KEY REFERENCES computer (computer_no),
    registered_us BIGINT NOT NULL,
    os_major INTEGER NOT NULL,
    os_minor INTEGER NOT NULL,
    os_build INTEGER NOT NULL,
    manufacturer TEXT NOT NULL,
    model TEXT NOT NULL,
    architecture TEXT NOT NULL,
    body TEXT NOT NULL
);

-- The revisions it had installed at its last scan: postcard.
CREATE TABLE scan (
    computer_no INTEGER PRIMARY KEY REFERENCES computer (computer_no),
    scanned_us BIGINT NOT NULL,
    installed BYTEA NOT NULL
);

-- Groups by the administrator's hand.
CREATE TABLE membership (
    computer_no INTEGER NOT NULL REFERENCES computer (computer_no),
    group_id BYTEA NOT NULL REFERENCES target_group (group_id),
    PRIMARY KEY (computer_no, group_id)
);
CREATE INDEX membership_by_group ON membership (group_id);

-- Groups by the computer's own request, one name a row, folded; they need not exist.
CREATE TABLE requested_group (
    computer_no INTEGER NOT NULL REFERENCES computer (computer_no),
    folded TEXT NOT NULL,
    PRIMARY KEY (computer_no, folded)
);
CREATE INDEX requested_group_by_name ON requested_group (folded);

-- The groups in force: the administrator's, or with client-side targeting the requested ones that exist;
-- for a computer without any it is Unassigned Computers.
CREATE VIEW computer_group AS
SELECT m.computer_no, m.group_id
FROM membership m
WHERE NOT EXISTS (SELECT 1 FROM setting WHERE key = 'client-targeting' AND value = 'true')
UNION ALL
SELECT r.computer_no, g.group_id
FROM requested_group r JOIN target_group g ON g.folded = r.folded
WHERE g.folded NOT IN ('all computers', 'unassigned computers')
    AND EXISTS (SELECT 1 FROM setting WHERE key = 'client-targeting' AND value = 'true')
UNION ALL
SELECT c.computer_no, u.group_id
FROM computer c JOIN target_group u ON u.folded = 'unassigned computers'
WHERE NOT EXISTS (
        SELECT 1 FROM membership m
        WHERE m.computer_no = c.computer_no
            AND NOT EXISTS (SELECT 1 FROM setting WHERE key = 'client-targeting' AND value = 'true')
    )
    AND NOT EXISTS (
        SELECT 1 FROM requested_group r JOIN target_group g ON g.folded = r.folded
        WHERE r.computer_no = c.computer_no
            AND g.folded NOT IN ('all computers', 'unassigned computers')
            AND EXISTS (SELECT 1 FROM setting WHERE key = 'client-targeting' AND value = 'true')
    );

-- Every group with itself and each group below it.
CREATE VIEW group_within AS
WITH RECURSIVE within (above, group_id) AS (
    SELECT group_id, group_id FROM target_group
    UNION ALL
    SELECT w.above, g.group_id FROM within w JOIN target_group g ON g.parent = w.group_id
)
SELECT above, group_id FROM within;

-- Raw events, for as long as they are retained; each counts once.
CREATE TABLE event (
    computer_no INTEGER NOT NULL REFERENCES computer (computer_no),
    instance BYTEA NOT NULL,
    received_us BIGINT NOT NULL,
    happened_us BIGINT NOT NULL,
    event_id INTEGER NOT NULL,
    hresult INTEGER NOT NULL,
    revision_number INTEGER,
    update_id BYTEA,
    raw BYTEA NOT NULL,
    PRIMARY KEY (computer_no, instance)
);
CREATE INDEX event_by_time ON event (received_us);
