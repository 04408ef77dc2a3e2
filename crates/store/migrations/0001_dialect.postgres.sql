-- What the engines spell differently. Its twin is 0001_dialect.sqlite.sql.

-- SQLite's function of that name, for an array of arrays: `value ->> 0` is the first item of a row.
CREATE FUNCTION json_each(rows TEXT) RETURNS TABLE (value JSON) LANGUAGE SQL IMMUTABLE PARALLEL SAFE ROWS 1000
    AS 'SELECT item FROM json_array_elements($1::json) AS items (item)';

-- SQLite's function of that name.
CREATE FUNCTION unhex(digits TEXT) RETURNS BYTEA LANGUAGE SQL IMMUTABLE PARALLEL SAFE
    AS 'SELECT decode($1, ''hex'')';

-- See the twin. The widest column comes first, so that no row is padded.
CREATE TABLE fact (
    since_secs BIGINT NOT NULL,
    computer_no INTEGER NOT NULL,
    update_no INTEGER NOT NULL,
    state SMALLINT NOT NULL,
    PRIMARY KEY (computer_no, update_no)
);
CREATE INDEX fact_by_update ON fact (update_no, state, computer_no);
