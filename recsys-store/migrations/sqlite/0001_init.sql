-- Ids are 16-byte blobs, times are milliseconds since 1970 (UTC), JSON is text.
-- Every key begins with the tenant, so that no row can be reached without it.

CREATE TABLE tenants (
    id               BLOB    NOT NULL PRIMARY KEY,
    name             TEXT    NOT NULL,
    domain           TEXT    NOT NULL UNIQUE,
    is_active        INTEGER NOT NULL,
    tier             TEXT    NOT NULL,
    settings         TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    last_sequence    INTEGER NOT NULL DEFAULT 0, -- of the log of events
    catalog_revision INTEGER NOT NULL DEFAULT 0  -- of the feed of item changes
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    tenant_id     BLOB    NOT NULL REFERENCES tenants (id),
    id            BLOB    NOT NULL,
    email         TEXT    NOT NULL,
    username      TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    password_hash TEXT,
    preferences   TEXT,
    external_id   TEXT,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
) STRICT;
CREATE INDEX users_by_age ON users (tenant_id, created_at, id);
CREATE INDEX users_admins ON users (tenant_id) WHERE role = 'admin';

CREATE TABLE items (
    tenant_id         BLOB    NOT NULL REFERENCES tenants (id),
    id                BLOB    NOT NULL,
    title             TEXT    NOT NULL,
    description       TEXT,
    category          TEXT,
    tags              TEXT    NOT NULL,
    metadata          TEXT    NOT NULL,
    external_id       TEXT,
    is_active         INTEGER NOT NULL,
    rating_count      INTEGER NOT NULL,
    rating_sum        REAL    NOT NULL,
    interaction_count INTEGER NOT NULL,
    revision          INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX items_by_revision ON items (tenant_id, revision);
CREATE INDEX items_by_age ON items (tenant_id, created_at, id) WHERE is_active;
CREATE INDEX items_by_category ON items (tenant_id, category, created_at, id) WHERE is_active;

-- What the feed of changes says about items that are gone.
CREATE TABLE item_deletions (
    tenant_id BLOB    NOT NULL REFERENCES tenants (id),
    item_id   BLOB    NOT NULL,
    revision  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_deletions_by_revision ON item_deletions (tenant_id, revision);

-- The log. The key keeps a tenant's events together in commit order, the order in which training
-- reads them.
CREATE TABLE interactions (
    tenant_id         BLOB    NOT NULL,
    sequence          INTEGER NOT NULL,
    id                BLOB    NOT NULL,
    user_id           BLOB    NOT NULL,
    item_id           BLOB    NOT NULL,
    kind              TEXT    NOT NULL,
    value             REAL    NOT NULL,
    context           TEXT,
    recommendation_id BLOB,
    at                INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    idempotency_key   TEXT,
    fingerprint       BLOB, -- of the request, to tell a retry from a reused key
    PRIMARY KEY (tenant_id, sequence),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    FOREIGN KEY (tenant_id, item_id) REFERENCES items (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX interactions_by_user ON interactions (tenant_id, user_id, at, sequence);
CREATE INDEX interactions_by_item ON interactions (tenant_id, item_id);
CREATE UNIQUE INDEX interactions_by_key ON interactions (tenant_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE TABLE ratings (
    tenant_id  BLOB    NOT NULL,
    user_id    BLOB    NOT NULL,
    item_id    BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    rating     REAL    NOT NULL,
    review     TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, item_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    FOREIGN KEY (tenant_id, item_id) REFERENCES items (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX ratings_by_item ON ratings (tenant_id, item_id);

-- The registry of model files; the files lie beside the database.
CREATE TABLE models (
    tenant_id  BLOB    NOT NULL REFERENCES tenants (id),
    id         BLOB    NOT NULL,
    algorithm  TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    watermark  INTEGER NOT NULL,
    metrics    TEXT    NOT NULL,
    is_current INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX models_current ON models (tenant_id, algorithm) WHERE is_current;
CREATE INDEX models_by_age ON models (tenant_id, algorithm, created_at, id);

CREATE TABLE jobs (
    tenant_id        BLOB    NOT NULL REFERENCES tenants (id),
    id               BLOB    NOT NULL,
    algorithm        TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    progress         REAL    NOT NULL,
    stage            TEXT,
    queued_at        INTEGER NOT NULL,
    started_at       INTEGER,
    finished_at      INTEGER,
    error            TEXT,
    model_version    BLOB,
    metrics          TEXT,
    owner            TEXT,
    lease_until      INTEGER,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_age ON jobs (tenant_id, queued_at, id);
CREATE INDEX jobs_open ON jobs (tenant_id, queued_at, id) WHERE status IN ('queued', 'running');

CREATE TABLE sessions (
    tenant_id  BLOB    NOT NULL,
    digest     BLOB    NOT NULL,
    family     BLOB    NOT NULL,
    user_id    BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    used       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, digest),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_family ON sessions (tenant_id, family);
CREATE INDEX sessions_by_expiry ON sessions (tenant_id, expires_at);
