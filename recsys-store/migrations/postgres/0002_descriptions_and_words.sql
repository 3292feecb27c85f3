-- The revision that last changed more of an item than its counters, for the feed of descriptions. Of what was
-- there before nobody needs to hear.
ALTER TABLE items ADD COLUMN described bigint NOT NULL DEFAULT 0;

-- The words of title and description, each between spaces; the program makes them, and null are those that it has
-- still to make.
ALTER TABLE items ADD COLUMN words text;
CREATE INDEX items_without_words ON items (tenant_id) WHERE words IS NULL;

-- Items by word. Comparing texts is leakproof, so the index is used below row-level security; in the collation C
-- a range of words is a common beginning.
CREATE TABLE item_words (
    tenant_id uuid             NOT NULL,
    word      text COLLATE "C" NOT NULL,
    item_id   uuid             NOT NULL,
    PRIMARY KEY (tenant_id, word, item_id)
);

-- Tenants with items that were there before there were words.
CREATE TABLE word_backlog (
    tenant_id uuid NOT NULL PRIMARY KEY REFERENCES tenants (id)
);
SELECT set_config('recsys.directory', 'on', true);
INSERT INTO word_backlog SELECT id FROM tenants;
SELECT set_config('recsys.directory', '', true);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['item_words', 'word_backlog'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant_id = recsys_tenant())', name);
    END LOOP;
END $$;
-- The directory knows where something is left to do.
CREATE POLICY directory ON word_backlog FOR SELECT USING (recsys_directory());
