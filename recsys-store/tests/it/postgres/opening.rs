//! Opening a database: migrating once, stepping down, and saying what is wrong without the password.

use std::error::Error;

use futures_util::future::join_all;
use recsys_store::testing::postgres::TestDatabase;
use recsys_store::testing::{Fixture, shop};
use recsys_store::types::{ItemQuery, NewTenant, Tier};
use recsys_store::{PostgresConfig, PostgresStorage, Storage, StoreError, StoreErrorKind};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::{open, storage};

async fn run(connection: &mut PgConnection, sql: impl Into<String>) {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(connection).await.unwrap();
}

fn config(url: &str) -> PostgresConfig {
    PostgresConfig::new(url.parse().unwrap())
}

/// An error and all its causes, as a log would have them.
fn everything_said(error: &StoreError) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(format!("{error} {error:?}"), |said, cause| format!("{said} {cause} {cause:?}"))
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let fixture: Fixture = open().await;
    assert_eq!(fixture.storage().migrate().await.unwrap(), 3);
    assert_eq!(fixture.storage().migrate().await.unwrap(), 3);
    fixture.storage().health().await.unwrap();
}

#[tokio::test]
async fn many_processes_may_migrate_an_empty_database_at_once() {
    let database = TestDatabase::create().await;
    let mut superuser = database.connect().await;
    run(&mut superuser, "DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    let config = database.config();
    let opened = join_all((0..6).map(|_| PostgresStorage::open(&config))).await;
    for storage in opened {
        storage.unwrap().health().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_in_one_sentence() {
    let database = TestDatabase::create().await;
    let mut superuser = database.connect().await;
    run(
        &mut superuser,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', true, 'x', 0)",
    )
    .await;
    let error = PostgresStorage::open(&database.config()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::UnsupportedVersion);
    assert!(error.to_string().contains("newer version of this program"), "{error}");
}

#[tokio::test]
async fn a_superuser_steps_down() {
    let database = TestDatabase::create().await;
    let storage = storage(&database).await;
    let mut superuser = database.connect().await;
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
               AND application_name = 'recsys'";
    storage.health().await.unwrap();
    let connections: i64 = sqlx::query_scalar(sql).fetch_one(&mut superuser).await.unwrap();
    assert!(connections > 0, "connections have a name");
    let row = sqlx::query(
        "SELECT rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole FROM pg_roles \
         WHERE rolname = 'recsys_app'",
    );
    let powerful: bool = row.fetch_one(&mut superuser).await.unwrap().get(0);
    assert!(!powerful);
}

#[tokio::test]
async fn an_owner_without_further_rights_is_enough_and_others_need_not_migrate() {
    let database = TestDatabase::create().await;
    let mut superuser = database.connect().await;
    let name = Uuid::now_v7().simple().to_string();
    let (owner, guest) = (format!("owner_{name}"), format!("guest_{name}"));
    for role in [&owner, &guest] {
        run(&mut superuser, format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'")).await;
    }
    run(&mut superuser, "DROP SCHEMA public CASCADE").await;
    run(&mut superuser, format!("CREATE SCHEMA public AUTHORIZATION {owner}")).await;

    let as_owner =
        PostgresStorage::open(&config(&database.url_as(&owner, "secret"))).await.unwrap();
    let (stores, user, _) = shop(&as_owner, "shop", &["Lamp"]).await;
    assert_eq!(stores.users.get_many(&[user.id]).await.unwrap()[0].as_ref(), Some(&user));

    let url = database.url_as(&guest, "secret");
    PostgresStorage::open(&config(&url)).await.expect_err("a guest may not even look");
    run(
        &mut superuser,
        format!(
            "GRANT USAGE ON SCHEMA public TO {guest}; GRANT SELECT ON _sqlx_migrations TO {guest}; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, users, items, item_deletions, \
             item_words, word_backlog, interactions, ratings, models, model_parts, jobs, sessions \
             TO {guest}"
        ),
    )
    .await;
    let as_guest = PostgresStorage::open(&config(&url)).await.unwrap();
    let seen = as_guest.tenant(stores.id).users.get_many(&[user.id]).await.unwrap();
    assert_eq!(seen, [Some(user)]);
    assert_eq!(as_guest.migrate().await.unwrap(), 3);

    as_owner.close().await;
    as_guest.close().await;
    for role in [&guest, &owner] {
        run(&mut superuser, format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}")).await;
    }
}

#[tokio::test]
async fn items_of_an_older_version_are_found_by_their_words() {
    let database = TestDatabase::create().await;
    let mut superuser = database.connect().await;
    let owner = format!("owner_{}", Uuid::now_v7().simple());
    run(&mut superuser, format!("CREATE ROLE {owner} LOGIN PASSWORD 'secret'")).await;
    run(&mut superuser, "DROP SCHEMA public CASCADE").await;
    run(&mut superuser, format!("CREATE SCHEMA public AUTHORIZATION {owner}")).await;
    let config = config(&database.url_as(&owner, "secret"));
    let former = PostgresStorage::open(&config).await.unwrap();
    let titles: Vec<String> = (0..2_500).map(|at| format!("Lamp {at}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let (one, _, _) = shop(&former, "one", &titles).await;
    let (two, _, _) = shop(&former, "two", &["Chair"]).await;
    former.close().await;
    run(
        &mut superuser,
        "DROP TABLE item_words, word_backlog; \
         ALTER TABLE items DROP COLUMN words, DROP COLUMN described; \
         DELETE FROM _sqlx_migrations WHERE version = 2",
    )
    .await;
    // Several processes at once, as after a new version was rolled out.
    let opened = join_all((0..3).map(|_| PostgresStorage::open(&config))).await;
    let storages: Vec<PostgresStorage> = opened.into_iter().map(Result::unwrap).collect();
    let search = |text: &str| ItemQuery {
        search: Some(text.to_owned()),
        limit: 5_000,
        ..ItemQuery::default()
    };
    for storage in &storages {
        let catalog = storage.tenant(one.id).catalog;
        assert_eq!(catalog.list(&search("lamp")).await.unwrap().len(), 2_500);
        assert_eq!(catalog.list(&search("lamp 2499")).await.unwrap().len(), 1);
        let catalog = storage.tenant(two.id).catalog;
        assert_eq!(catalog.list(&search("chair")).await.unwrap().len(), 1);
    }
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM word_backlog")
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    assert_eq!(left, 0);
    for storage in storages {
        storage.close().await;
    }
    run(&mut superuser, format!("DROP OWNED BY {owner} CASCADE; DROP ROLE {owner}")).await;
}

#[tokio::test]
async fn what_cannot_be_opened_is_named_without_the_password() {
    let database = TestDatabase::create().await;
    let wrong_password = database.url_as("recsys", "s3cret");
    let nobody_listens = "postgres://ann:s3cret@127.0.0.1:1/shop";
    for url in [&wrong_password[..], nobody_listens] {
        let error = PostgresStorage::open(&config(url)).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains("cannot open the database postgres://"), "{error}");
        assert!(!everything_said(&error).contains("s3cret"));
    }
    let storage = storage(&database).await;
    let url = database.url();
    let (_, secret) = url.split_once("recsys:").unwrap();
    let (password, _) = secret.split_once('@').unwrap();
    assert!(!format!("{storage:?} {storage:#?}").contains(password));
}

#[tokio::test]
async fn calls_after_closing_are_unavailable() {
    let database = TestDatabase::create().await;
    let storage = storage(&database).await;
    storage.close().await;
    let new = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Basic };
    let error = storage.tenants().create(new).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Unavailable);
}
