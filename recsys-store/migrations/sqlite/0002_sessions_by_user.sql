-- Erasing a user takes the sessions along.
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id);
