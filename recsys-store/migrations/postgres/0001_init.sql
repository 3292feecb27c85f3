-- Every key begins with the tenant, so that no row can be reached without it. JSON is kept as `json` and not
-- as `jsonb`: what is read is what was written, to the last digit.

-- The tenant of the transaction, which every tenant's work sets first (set_config with is_local). Once
-- set, the setting is empty and not null in later transactions of the connection: both read as no tenant.
CREATE FUNCTION recsys_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('recsys.tenant', true), '')::uuid;

-- Whether the transaction works on the directory of tenants, which belongs to none.
CREATE FUNCTION recsys_directory() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('recsys.directory', true), '') = 'on';

-- Every event updates its tenant's row: room on the page keeps these updates off the indexes.
CREATE TABLE tenants (
    id               uuid        NOT NULL PRIMARY KEY,
    name             text        NOT NULL,
    domain           text        NOT NULL UNIQUE,
    is_active        boolean     NOT NULL,
    tier             text        NOT NULL,
    settings         json        NOT NULL,
    created_at       timestamptz NOT NULL,
    last_sequence    bigint      NOT NULL DEFAULT 0, -- of the log of events
    catalog_revision bigint      NOT NULL DEFAULT 0  -- of the feed of item changes
) WITH (fillfactor = 50);

CREATE TABLE users (
    tenant_id     uuid        NOT NULL REFERENCES tenants (id),
    id            uuid        NOT NULL,
    email         text        NOT NULL,
    username      text        NOT NULL,
    role          text        NOT NULL,
    password_hash text,
    preferences   json,
    external_id   text,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
);
CREATE INDEX users_by_age ON users (tenant_id, created_at, id);
CREATE INDEX users_admins ON users (tenant_id) WHERE role = 'admin';

CREATE TABLE items (
    tenant_id         uuid             NOT NULL REFERENCES tenants (id),
    id                uuid             NOT NULL,
    title             text             NOT NULL,
    description       text,
    category          text,
    tags              json             NOT NULL,
    metadata          json             NOT NULL,
    external_id       text,
    is_active         boolean          NOT NULL,
    rating_count      bigint           NOT NULL,
    rating_sum        double precision NOT NULL,
    interaction_count bigint           NOT NULL,
    revision          bigint           NOT NULL,
    created_at        timestamptz      NOT NULL,
    updated_at        timestamptz      NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX items_by_revision ON items (tenant_id, revision);
CREATE INDEX items_by_age ON items (tenant_id, created_at, id) WHERE is_active;
CREATE INDEX items_by_category ON items (tenant_id, category, created_at, id) WHERE is_active;

-- What the feed of changes says about items that are gone.
CREATE TABLE item_deletions (
    tenant_id uuid   NOT NULL REFERENCES tenants (id),
    item_id   uuid   NOT NULL,
    revision  bigint NOT NULL,
    PRIMARY KEY (tenant_id, item_id)
);
CREATE INDEX item_deletions_by_revision ON item_deletions (tenant_id, revision);

-- The log. It can be partitioned by tenant: each unique key contains tenant_id, and no other table refers to
-- this one. To do so, rename the table, create it anew with the same columns, keys, indexes and policy and
-- PARTITION BY HASH (tenant_id), attach the partitions and copy the rows into it. Statements name the tenant
-- and the parent only, so that each reaches one partition.
CREATE TABLE interactions (
    tenant_id         uuid             NOT NULL,
    sequence          bigint           NOT NULL,
    id                uuid             NOT NULL,
    user_id           uuid             NOT NULL,
    item_id           uuid             NOT NULL,
    kind              text             NOT NULL,
    value             double precision NOT NULL,
    context           json,
    recommendation_id uuid,
    at                timestamptz      NOT NULL,
    created_at        timestamptz      NOT NULL,
    idempotency_key   text,
    fingerprint       uuid, -- of the request, to tell a retry from a reused key
    PRIMARY KEY (tenant_id, sequence),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    FOREIGN KEY (tenant_id, item_id) REFERENCES items (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX interactions_by_user ON interactions (tenant_id, user_id, at, sequence);
CREATE INDEX interactions_by_item ON interactions (tenant_id, item_id);
CREATE UNIQUE INDEX interactions_by_key ON interactions (tenant_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE TABLE ratings (
    tenant_id  uuid             NOT NULL,
    user_id    uuid             NOT NULL,
    item_id    uuid             NOT NULL,
    id         uuid             NOT NULL,
    rating     double precision NOT NULL,
    review     text,
    created_at timestamptz      NOT NULL,
    PRIMARY KEY (tenant_id, user_id, item_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    FOREIGN KEY (tenant_id, item_id) REFERENCES items (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ratings_by_item ON ratings (tenant_id, item_id);

-- The registry of models.
CREATE TABLE models (
    tenant_id  uuid        NOT NULL REFERENCES tenants (id),
    id         uuid        NOT NULL,
    algorithm  text        NOT NULL,
    created_at timestamptz NOT NULL,
    bytes      bigint      NOT NULL,
    watermark  bigint      NOT NULL,
    metrics    json        NOT NULL,
    is_current boolean     NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX models_current ON models (tenant_id, algorithm) WHERE is_current;
CREATE INDEX models_by_age ON models (tenant_id, algorithm, created_at, id);

-- The files of the models, in parts, since a value ends at a gigabyte. They do not compress.
CREATE TABLE model_parts (
    tenant_id uuid    NOT NULL,
    model_id  uuid    NOT NULL,
    part      integer NOT NULL,
    bytes     bytea   NOT NULL,
    PRIMARY KEY (tenant_id, model_id, part),
    FOREIGN KEY (tenant_id, model_id) REFERENCES models (tenant_id, id) ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE model_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE jobs (
    tenant_id        uuid             NOT NULL REFERENCES tenants (id),
    id               uuid             NOT NULL,
    algorithm        text             NOT NULL,
    status           text             NOT NULL,
    progress         double precision NOT NULL,
    stage            text,
    queued_at        timestamptz      NOT NULL,
    started_at       timestamptz,
    finished_at      timestamptz,
    error            text,
    model_version    uuid,
    metrics          json,
    owner            text,
    lease_until      timestamptz,
    cancel_requested boolean          NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX jobs_by_age ON jobs (tenant_id, queued_at, id);
CREATE INDEX jobs_open ON jobs (tenant_id, queued_at, id) WHERE status IN ('queued', 'running');

CREATE TABLE sessions (
    tenant_id  uuid        NOT NULL,
    digest     bytea       NOT NULL,
    family     uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    used       boolean     NOT NULL,
    PRIMARY KEY (tenant_id, digest),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX sessions_by_family ON sessions (tenant_id, family);
CREATE INDEX sessions_by_expiry ON sessions (tenant_id, expires_at);
-- Erasing a user takes the sessions along.
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id);

-- The second lock. FORCE, so that it holds for the owner of the tables too.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['users', 'items', 'item_deletions', 'interactions', 'ratings', 'models',
                                'model_parts', 'jobs', 'sessions'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant_id = recsys_tenant())', name);
    END LOOP;
END $$;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_select ON tenants FOR SELECT USING (id = recsys_tenant());
CREATE POLICY own_update ON tenants FOR UPDATE USING (id = recsys_tenant());
CREATE POLICY directory ON tenants USING (recsys_directory());
-- The directory knows who has work waiting.
CREATE POLICY directory ON jobs FOR SELECT USING (recsys_directory());
