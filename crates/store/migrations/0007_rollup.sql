-- Status flows up: computers of servers below stand among this server's own, so that every question is about the whole
-- tree.

-- Whose computer it is: NULL, this server's own; else the server below that it asks. `told_report_us` is when it last
-- reported compliance by that server's account; it becomes `compliance_us` once the states that belong to it came.
-- `effective_us` is how far the catalog went that it reported about, where that is not simply the time of its report.
-- `rollup_number` is that of its last states that came; 0 when none did, or when they are not believed any more.
-- `told_us` is when its server last told of it, changed or not.
ALTER TABLE computer ADD COLUMN server_id BYTEA;
ALTER TABLE computer ADD COLUMN told_report_us BIGINT;
ALTER TABLE computer ADD COLUMN effective_us BIGINT;
ALTER TABLE computer ADD COLUMN told_us BIGINT;
ALTER TABLE computer ADD COLUMN rollup_number BIGINT NOT NULL DEFAULT 0;
CREATE INDEX computer_by_server ON computer (server_id) WHERE server_id IS NOT NULL;

-- Groups of a server below's computers, by its account, as far as they exist here. Apart from `membership`: what the
-- administrator assigned counts again when the computer comes back, and no server below decides what is offered here.
CREATE TABLE membership_below (
    computer_no INTEGER NOT NULL REFERENCES computer (computer_no),
    group_id BYTEA NOT NULL REFERENCES target_group (group_id),
    PRIMARY KEY (computer_no, group_id)
);
CREATE INDEX membership_below_by_group ON membership_below (group_id);

-- The groups in force: of a server below's computers what that server tells; of the others the administrator's, or with
-- client-side targeting the requested ones that exist; for a computer without any it is Unassigned Computers.
DROP VIEW computer_group;
CREATE VIEW computer_group AS
SELECT m.computer_no, m.group_id
FROM membership m JOIN computer c ON c.computer_no = m.computer_no
WHERE c.server_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM setting WHERE key = 'client-targeting' AND value = 'true')
UNION ALL
SELECT r.computer_no, g.group_id
FROM requested_group r
    JOIN target_group g ON g.folded = r.folded
    JOIN computer c ON c.computer_no = r.computer_no
WHERE c.server_id IS NULL
    AND g.folded NOT IN ('all computers', 'unassigned computers')
    AND EXISTS (SELECT 1 FROM setting WHERE key = 'client-targeting' AND value = 'true')
UNION ALL
SELECT m.computer_no, m.group_id
FROM membership_below m JOIN computer c ON c.computer_no = m.computer_no
WHERE c.server_id IS NOT NULL
UNION ALL
SELECT c.computer_no, u.group_id
FROM computer c JOIN target_group u ON u.folded = 'unassigned computers'
WHERE NOT EXISTS (
        SELECT 1 FROM membership m
        WHERE m.computer_no = c.computer_no
            AND c.server_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM setting WHERE key = 'client-targeting' AND value = 'true')
    )
    AND NOT EXISTS (
        SELECT 1 FROM requested_group r JOIN target_group g ON g.folded = r.folded
        WHERE r.computer_no = c.computer_no
            AND c.server_id IS NULL
            AND g.folded NOT IN ('all computers', 'unassigned computers')
            AND EXISTS (SELECT 1 FROM setting WHERE key = 'client-targeting' AND value = 'true')
    )
    AND NOT EXISTS (
        SELECT 1 FROM membership_below m WHERE m.computer_no = c.computer_no AND c.server_id IS NOT NULL
    );

-- Computers the administrator removed, so that a server below that still tells of one is told so. For a while only.
CREATE TABLE computer_removed (
    computer_id TEXT PRIMARY KEY,
    removed_us BIGINT NOT NULL
);

-- What the server above has acknowledged of each computer: hashes of what it was told (`details` NULL: to be told
-- again), the number of its last states, and whether the next ones have to be complete.
CREATE TABLE rolled_up (
    computer_no INTEGER PRIMARY KEY REFERENCES computer (computer_no),
    news BIGINT NOT NULL,
    details BIGINT,
    number BIGINT NOT NULL DEFAULT 0,
    is_full SMALLINT NOT NULL DEFAULT 1,
    report_us BIGINT
);

-- States that changed since, while the setting `rollup.tracked` is true, each with the round in which it last did: what
-- changes while a round is under way belongs to the next. No foreign keys, as with `fact`.
CREATE TABLE fact_change (
    computer_no INTEGER NOT NULL,
    update_no INTEGER NOT NULL,
    round BIGINT NOT NULL,
    PRIMARY KEY (computer_no, update_no)
);
INSERT INTO counter (name, value) VALUES ('rollup', 0);
