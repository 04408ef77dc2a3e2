-- Driver sets of the upstream (MS-WSUSSS 3.1.4.8): which drivers belong to which computer models. `body` is the text as it
-- came: one zstd frame.
CREATE TABLE driver_set (
    set_id BYTEA PRIMARY KEY,
    body BYTEA NOT NULL
);
