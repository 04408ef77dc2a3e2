-- The generation that last declined an update or took that back: what is declined is read again only after it.
INSERT INTO counter (name, value) SELECT 'declines', value FROM counter WHERE name = 'mark';

-- Computers that were put into groups or removed, each with the generation that last did so: what servers that share
-- this database look at again. No reference, because it outlives the computer.
CREATE TABLE computer_change (
    computer_id TEXT PRIMARY KEY,
    mark BIGINT NOT NULL
);
CREATE INDEX computer_change_by_mark ON computer_change (mark);
