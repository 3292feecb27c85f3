//! A PostgreSQL database for each test, on the server that `.ci/services` starts.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use uuid::Uuid;

use crate::postgres::{PostgresConfig, PostgresStorage, PostgresUrl, fingerprint};
use crate::traits::Storage as _;

/// Where the server is, as a superuser; the last part of the path is a database that stays empty.
const SERVER: &str = "RECSYS_TEST_POSTGRES";
/// Who holds this advisory lock makes the template.
const TEMPLATE_LOCK: i64 = 0x7265_6373_7973;

/// An empty database with the newest schema, which is dropped with the value.
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    /// Creates a database, as a copy of one that was migrated once for all tests.
    ///
    /// # Panics
    /// Without a server.
    pub async fn create() -> Self {
        let server = std::env::var(SERVER).expect(
            "RECSYS_TEST_POSTGRES is not set: run `.ci/test` for all tests, or `.ci/services COMMAND` for some",
        );
        let database = Self { server, name: format!("test_{}", Uuid::now_v7().simple()) };
        let mut connection = database.connect_to_server().await;
        let template = database.template(&mut connection).await;
        let name = &database.name;
        run(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        connection.close().await.unwrap();
        database
    }

    /// Returns the settings to open it with.
    #[must_use]
    pub fn config(&self) -> PostgresConfig {
        PostgresConfig::new(parsed(&self.url()))
    }

    /// Returns the address, password included.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(&self.name)
    }

    /// Returns the address as another user.
    #[must_use]
    pub fn url_as(&self, user: &str, password: &str) -> String {
        let url = self.url();
        let (_, host) = url.rsplit_once('@').unwrap();
        format!("postgres://{user}:{password}@{host}")
    }

    /// Connects as the superuser, for whom no policy holds.
    pub async fn connect(&self) -> PgConnection {
        self.url().parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
    }

    async fn connect_to_server(&self) -> PgConnection {
        self.server.parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
    }

    /// Returns the name of the migrated database, making it first if nobody has.
    async fn template(&self, connection: &mut PgConnection) -> String {
        let name = format!("template_{}", fingerprint());
        run(connection, format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
        let sql = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
        let exists: bool =
            sqlx::query_scalar(sql).bind(&name).fetch_one(&mut *connection).await.unwrap();
        if !exists {
            let unfinished = format!("{name}_unfinished");
            run(connection, format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await;
            run(connection, format!("CREATE DATABASE {unfinished}")).await;
            let config = PostgresConfig::new(parsed(&self.url_of(&unfinished)));
            PostgresStorage::open(&config).await.unwrap().close().await;
            run(connection, format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
        }
        run(connection, format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await;
        name
    }

    fn url_of(&self, name: &str) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{name}")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // The runtime of the test cannot be waited for here.
        let dropped = std::thread::scope(|scope| {
            let drop = || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(async {
                    let mut connection = self.connect_to_server().await;
                    let name = &self.name;
                    run(&mut connection, format!("DROP DATABASE {name} WITH (FORCE)")).await;
                });
            };
            scope.spawn(drop).join()
        });
        // A second panic would hide why the test failed.
        if !std::thread::panicking() {
            dropped.unwrap();
        }
    }
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

fn parsed(url: &str) -> PostgresUrl {
    url.parse().unwrap()
}
