-- What a model file has to be, and when a version was current last; nothing for those that were published before.
ALTER TABLE models ADD COLUMN digest BLOB; -- SHA-256 of the file
ALTER TABLE models ADD COLUMN activated_at INTEGER;
