//! The second lock: statements of the application's own role, without the `WHERE` that names the tenant.

use recsys_store::testing::postgres::TestDatabase;
use recsys_store::testing::{event, rating, shop, tenant};
use recsys_store::types::{ItemQuery, NewModel, NewSession, TenantId, TokenDigest, now};
use recsys_store::{PostgresStorage, TenantStores};
use serde_json::json;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use uuid::Uuid;

use super::storage;

/// All tables with rows of tenants, with the column that says whose a row is.
const TABLES: [(&str, &str); 12] = [
    ("tenants", "id"),
    ("users", "tenant_id"),
    ("items", "tenant_id"),
    ("item_deletions", "tenant_id"),
    ("item_words", "tenant_id"),
    ("interactions", "tenant_id"),
    ("ratings", "tenant_id"),
    ("models", "tenant_id"),
    ("model_parts", "tenant_id"),
    ("jobs", "tenant_id"),
    ("sessions", "tenant_id"),
    ("word_backlog", "tenant_id"),
];

/// Two tenants with a row in every table, and a connection with the rights of the application.
struct Locked {
    database: TestDatabase,
    storage: PostgresStorage,
    one: TenantStores,
    two: TenantStores,
}

impl Locked {
    async fn new() -> Self {
        let database = TestDatabase::create().await;
        let storage = storage(&database).await;
        let one = filled(&storage, "one").await;
        let two = filled(&storage, "two").await;
        let mut superuser = database.connect().await;
        run(&mut superuser, "INSERT INTO word_backlog SELECT id FROM tenants").await.unwrap();
        Self { database, storage, one, two }
    }

    /// Connects as the storage does: as the superuser who has stepped down.
    async fn application(&self) -> PgConnection {
        let mut connection = self.database.connect().await;
        run(&mut connection, "SET ROLE recsys_app").await.unwrap();
        connection
    }
}

async fn filled(storage: &PostgresStorage, domain: &str) -> TenantStores {
    let (stores, user, items) = shop(storage, domain, &["Lamp", "Chair"]).await;
    stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap();
    stores.interactions.rate(&[rating(user.id, items[0].id, 4.0)]).await.unwrap();
    stores.catalog.delete(items[1].id).await.unwrap();
    let model = NewModel { algorithm: "als".into(), watermark: 1, metrics: json!({}), claim: None };
    stores.models.publish(model, b"model".as_slice().into()).await.unwrap();
    stores.jobs.enqueue("als").await.unwrap();
    let expires_at = now() + chrono::Duration::days(1);
    let digest = TokenDigest([1; 32]);
    let session = NewSession { digest, family: Uuid::now_v7(), user_id: user.id, expires_at };
    stores.sessions.insert(session).await.unwrap();
    stores
}

async fn run(connection: &mut PgConnection, sql: impl Into<String>) -> sqlx::Result<Vec<PgRow>> {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).fetch_all(connection).await
}

async fn act_for(connection: &mut PgConnection, tenant: TenantId) {
    run(connection, format!("SELECT set_config('recsys.tenant', '{tenant}', true)")).await.unwrap();
}

/// Returns whose rows a table shows.
async fn seen(connection: &mut PgConnection, table: &str, owner: &str) -> Vec<TenantId> {
    let rows = run(connection, format!("SELECT DISTINCT {owner} FROM {table}")).await.unwrap();
    rows.iter().map(|row| TenantId(row.get(0))).collect()
}

#[tokio::test]
async fn without_a_tenant_nothing_is_seen() {
    let locked = Locked::new().await;
    let mut connection = locked.application().await;
    for (table, owner) in TABLES {
        assert_eq!(seen(&mut connection, table, owner).await, [], "{table}");
    }
    // Nor on a connection that had one: the setting is an empty text then.
    let mut transaction = connection.begin().await.unwrap();
    act_for(&mut transaction, locked.one.id).await;
    assert_eq!(seen(&mut transaction, "users", "tenant_id").await, [locked.one.id]);
    transaction.commit().await.unwrap();
    for (table, owner) in TABLES {
        assert_eq!(seen(&mut connection, table, owner).await, [], "{table}");
    }
}

#[tokio::test]
async fn rows_of_another_tenant_are_not_read() {
    let locked = Locked::new().await;
    let mut connection = locked.application().await;
    let mut transaction = connection.begin().await.unwrap();
    act_for(&mut transaction, locked.one.id).await;
    let other = locked.two.id;
    for (table, owner) in TABLES {
        assert_eq!(seen(&mut transaction, table, owner).await, [locked.one.id], "{table}");
        let named = format!("SELECT 1 FROM {table} WHERE {owner} = '{other}'");
        assert!(run(&mut transaction, named).await.unwrap().is_empty(), "{table}");
    }
}

#[tokio::test]
async fn rows_of_another_tenant_are_not_changed() {
    let locked = Locked::new().await;
    let mut connection = locked.application().await;
    let (own, other) = (locked.one.id, locked.two.id);
    for (table, owner) in TABLES {
        for (what, sql) in [
            ("update", format!("UPDATE {table} SET {owner} = {owner} WHERE {owner} = '{other}'")),
            ("delete", format!("DELETE FROM {table} WHERE {owner} = '{other}'")),
        ] {
            let mut transaction = connection.begin().await.unwrap();
            act_for(&mut transaction, own).await;
            let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut *transaction).await.unwrap();
            assert_eq!(done.rows_affected(), 0, "{what} {table}");
            transaction.rollback().await.unwrap();
        }
        // Own rows cannot be given away, and none can be made for somebody else.
        let mut transaction = connection.begin().await.unwrap();
        act_for(&mut transaction, own).await;
        let given = run(&mut transaction, format!("UPDATE {table} SET {owner} = '{other}'")).await;
        assert_refused(&given.unwrap_err(), table);
    }
    let mut transaction = connection.begin().await.unwrap();
    act_for(&mut transaction, own).await;
    let sql = format!(
        "INSERT INTO users (tenant_id, id, email, username, role, created_at) \
         VALUES ('{other}', gen_random_uuid(), 'eve@example.com', 'eve', 'admin', now())"
    );
    assert_refused(&run(&mut transaction, sql).await.unwrap_err(), "users");
    transaction.rollback().await.unwrap();
    let sql = "INSERT INTO tenants (id, name, domain, is_active, tier, settings, created_at) \
               VALUES (gen_random_uuid(), 'x', 'x', true, 'basic', '{}', now())";
    assert_refused(&run(&mut connection, sql).await.unwrap_err(), "tenants");
    let everything = ItemQuery { limit: 10, ..ItemQuery::default() };
    assert_eq!(locked.two.catalog.list(&everything).await.unwrap().len(), 1);
    assert_eq!(locked.two.users.count().await.unwrap(), 1);
}

#[track_caller]
fn assert_refused(error: &sqlx::Error, table: &str) {
    let said = error.to_string();
    assert!(said.contains("row-level security policy"), "{table}: {said}");
}

#[tokio::test]
async fn the_application_cannot_open_the_lock() {
    let locked = Locked::new().await;
    let mut connection = locked.application().await;
    for sql in [
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY own ON users",
        "ALTER ROLE recsys_app BYPASSRLS",
        "CREATE POLICY mine ON users USING (true)",
        "TRUNCATE users CASCADE",
        "COPY users FROM STDIN",
        "CREATE TABLE mine ()",
        "UPDATE _sqlx_migrations SET success = false",
    ] {
        run(&mut connection, sql).await.expect_err(sql);
    }
    run(&mut connection, "SET row_security = off").await.unwrap();
    run(&mut connection, "SELECT * FROM users").await.expect_err("policies cannot be left out");
}

#[tokio::test]
async fn the_directory_opens_no_tables_but_its_own() {
    let locked = Locked::new().await;
    let mut connection = locked.application().await;
    let mut transaction = connection.begin().await.unwrap();
    run(&mut transaction, "SELECT set_config('recsys.directory', 'on', true)").await.unwrap();
    for (table, owner) in TABLES {
        let both = matches!(table, "tenants" | "jobs" | "word_backlog");
        let seen = seen(&mut transaction, table, owner).await;
        assert_eq!(seen.len(), if both { 2 } else { 0 }, "{table}");
    }
    let cancelled = run(&mut transaction, "UPDATE jobs SET status = 'cancelled' RETURNING 1").await;
    assert!(cancelled.unwrap().is_empty(), "jobs are only looked at");
}

#[tokio::test]
async fn the_lock_holds_for_the_owner_of_the_tables() {
    let locked = Locked::new().await;
    let mut superuser = locked.database.connect().await;
    let owner = format!("owner_{}", Uuid::now_v7().simple());
    run(&mut superuser, format!("CREATE ROLE {owner} LOGIN PASSWORD 'own'")).await.unwrap();
    for (table, _) in TABLES {
        run(&mut superuser, format!("ALTER TABLE {table} OWNER TO {owner}")).await.unwrap();
    }
    run(&mut superuser, format!("SET ROLE {owner}")).await.unwrap();
    for (table, name) in TABLES {
        assert_eq!(seen(&mut superuser, table, name).await, [], "{table}");
    }
    let mut transaction = superuser.begin().await.unwrap();
    act_for(&mut transaction, locked.one.id).await;
    assert_eq!(seen(&mut transaction, "interactions", "tenant_id").await, [locked.one.id]);
    transaction.commit().await.unwrap();
    run(&mut superuser, format!("RESET ROLE; REASSIGN OWNED BY {owner} TO recsys")).await.unwrap();
    run(&mut superuser, format!("DROP OWNED BY {owner}; DROP ROLE {owner}")).await.unwrap();
}

#[tokio::test]
async fn a_table_without_its_lock_is_not_opened() {
    let locked = Locked::new().await;
    let mut superuser = locked.database.connect().await;
    run(&mut superuser, "ALTER TABLE ratings NO FORCE ROW LEVEL SECURITY").await.unwrap();
    let error = PostgresStorage::open(&locked.database.config()).await.unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("row-level security is not forced") && said.contains("ratings"),
        "{said}"
    );
}

#[tokio::test]
async fn every_table_of_the_schema_is_locked() {
    let locked = Locked::new().await;
    let mut superuser = locked.database.connect().await;
    let sql = "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') \
               AND relnamespace = 'public'::regnamespace AND relname <> '_sqlx_migrations' \
               AND relrowsecurity AND relforcerowsecurity ORDER BY 1";
    let found: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut superuser).await.unwrap();
    let mut expected = TABLES.map(|(table, _)| table);
    expected.sort_unstable();
    assert_eq!(found, expected);
    tenant(&locked.storage, "three").await;
}
