-- Sets of languages, each once: a catalog has a few hundred. `tags` are in lower case and in order, with a comma between;
-- none are all languages.
CREATE TABLE language_set (
    set_no INTEGER PRIMARY KEY,
    tags TEXT NOT NULL UNIQUE
);
INSERT INTO counter (name, value) VALUES ('language-set', 0);

-- The languages a revision has texts in, and those of the binaries it installs. Revisions of before this step have no row until
-- their documents were read again, and their files no use but the usual one.
CREATE TABLE revision_language (
    revision_id INTEGER PRIMARY KEY REFERENCES revision (revision_id),
    texts INTEGER NOT NULL REFERENCES language_set (set_no),
    binaries INTEGER NOT NULL REFERENCES language_set (set_no)
);
CREATE INDEX revision_language_by_binaries ON revision_language (binaries);

-- What a revision has a file for: 0 to be installed, 1 the same in pieces (express), 2 a licence, in `language`.
ALTER TABLE revision_file ADD COLUMN purpose SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE revision_file ADD COLUMN language TEXT;
