-- Computers in sum, by what runs on them, and how often updates were installed on them (MS-WSUSSS 3.1.4.14.3.5).

-- What this server's computers run, as they told it when they registered: what a server above is told. A computer that
-- never registered runs nothing that is known.
CREATE VIEW computer_system AS
SELECT c.computer_no, c.server_id, coalesce(r.os_major, 0) AS os_major, coalesce(r.os_minor, 0) AS os_minor,
    coalesce(r.os_build, 0) AS os_build, coalesce(CAST(j.value ->> 'service_pack' AS INTEGER), 0) AS service_pack,
    coalesce(CAST(j.value ->> 'service_pack_minor' AS INTEGER), 0) AS service_pack_minor,
    coalesce(CAST(j.value ->> 'os_locale' AS TEXT), '') AS locale,
    coalesce(CAST(j.value ->> 'suite_mask' AS INTEGER), 0) AS suite_mask,
    coalesce(CAST(j.value ->> 'old_product_type' AS INTEGER), 0) AS old_product_type,
    coalesce(CAST(j.value ->> 'new_product_type' AS INTEGER), 0) AS new_product_type,
    coalesce(CAST(j.value ->> 'system_metrics' AS INTEGER), 0) AS system_metrics,
    coalesce(r.architecture, '') AS architecture
FROM computer c
    LEFT JOIN registration r ON r.computer_no = c.computer_no
    LEFT JOIN json_each('[' || r.body || ']') AS j ON TRUE;

-- How many computers of a server below run a system, and when that was told. `system` is JSON, its fields in one order,
-- so that the same system is the same text.
CREATE TABLE client_summary (
    server_id BYTEA NOT NULL,
    system TEXT NOT NULL,
    computers BIGINT NOT NULL,
    told_us BIGINT NOT NULL,
    PRIMARY KEY (server_id, system)
);

-- How often an update was installed on them, and could not be, in all; `passed_…`: of these, what the server above was told.
CREATE TABLE client_activity (
    server_id BYTEA NOT NULL,
    update_id BYTEA NOT NULL,
    system TEXT NOT NULL,
    revision_number INTEGER NOT NULL,
    successes BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    passed_successes BIGINT NOT NULL DEFAULT 0,
    passed_failures BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (server_id, update_id, system)
);

-- The same of this server's own computers since the server above was told, while the setting `rollup.counted` is true,
-- each with the round in which it was: what happens while a round is under way belongs to the next. No foreign keys, as
-- with `fact`.
CREATE TABLE install_activity (
    computer_no INTEGER NOT NULL,
    update_id BYTEA NOT NULL,
    round BIGINT NOT NULL,
    revision_number INTEGER NOT NULL,
    successes BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    PRIMARY KEY (computer_no, update_id, round)
);

-- Updates whose publisher withdrew them, by the revision that says so: while it is the latest.
CREATE TABLE expired_update (
    update_no INTEGER PRIMARY KEY REFERENCES updates (update_no),
    revision_id INTEGER NOT NULL
);
