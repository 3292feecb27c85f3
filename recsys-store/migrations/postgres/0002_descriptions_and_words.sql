-- The revision that last changed more of an item than its counters, for the feed of descriptions. Of what was
-- there before nobody needs to hear.
ALTER TABLE items ADD COLUMN described bigint NOT NULL DEFAULT 0;
