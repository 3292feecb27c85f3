-- The revision that last changed more of an item than its counters, for the feed of descriptions. Of what was
-- there before nobody needs to hear.
ALTER TABLE items ADD COLUMN described INTEGER NOT NULL DEFAULT 0;

-- The words of title and description, each between spaces; the program makes them, and null are those that it has
-- still to make.
ALTER TABLE items ADD COLUMN words TEXT;
CREATE INDEX items_without_words ON items (tenant_id) WHERE words IS NULL;

-- Items by word, in the order of bytes, so that a range of words is a common beginning.
CREATE TABLE item_words (
    tenant_id BLOB NOT NULL,
    word      TEXT NOT NULL,
    item_id   BLOB NOT NULL,
    PRIMARY KEY (tenant_id, word, item_id)
) STRICT, WITHOUT ROWID;

-- Tenants with items that were there before there were words.
CREATE TABLE word_backlog (
    tenant_id BLOB NOT NULL PRIMARY KEY REFERENCES tenants (id)
) STRICT, WITHOUT ROWID;
INSERT INTO word_backlog SELECT id FROM tenants;
