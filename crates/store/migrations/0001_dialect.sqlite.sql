-- What the engines spell differently. Its twin is 0001_dialect.postgres.sql.

-- What is known of an update on a computer, unless it is not applicable. No foreign keys: there are tens
-- of millions of rows. Clustered by computer, which is how reports arrive; without the row's own number
-- it takes half the space.
CREATE TABLE fact (
    computer_no INTEGER NOT NULL,
    update_no INTEGER NOT NULL,
    state SMALLINT NOT NULL,
    since_secs BIGINT NOT NULL,
    PRIMARY KEY (computer_no, update_no)
) WITHOUT ROWID;
CREATE INDEX fact_by_update ON fact (update_no, state, computer_no);
