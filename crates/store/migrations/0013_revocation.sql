-- Judging files anew without reading them, and the lists of revoked certificates for which that is done.

-- What a verdict rests on is kept beside its file: this is the SHA-256 of it, NULL while nothing is.
ALTER TABLE content_verdict ADD COLUMN examination BYTEA;

-- Lists of revoked certificates, by the address that a certificate names and the key that has to have signed what is there.
-- `list` is the last one that came and was signed by it, from `made_us` to `ends_us`; `failure` is why the last try, if it failed.
CREATE TABLE revocation_list (
    address TEXT NOT NULL,
    authority_key BYTEA NOT NULL,
    authority TEXT NOT NULL,
    wanted_us BIGINT NOT NULL,
    again_us BIGINT NOT NULL,
    list BYTEA,
    made_us BIGINT,
    ends_us BIGINT,
    tried_us BIGINT,
    failure TEXT,
    PRIMARY KEY (address, authority_key)
);
