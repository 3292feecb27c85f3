//! Tests of sessions and of repeated transactions.

use super::*;

#[test]
fn the_name_of_a_role_is_quoted() {
    let url = "postgres://ann@localhost/shop".parse().unwrap();
    let config = PostgresConfig::new(url);
    let sql = session(&config, &Role::Below("a\"b".to_owned()));
    assert!(sql.starts_with("SET ROLE \"a\"\"b\"; SET statement_timeout = 30000;"), "{sql}");
}

#[cfg(feature = "testing")]
mod conflicts {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::error::StoreErrorKind;
    use crate::testing::postgres::TestDatabase;

    const CONFLICT: &str =
        "DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = 'serialization_failure'; END $$";

    /// How often a transaction fails, and how often it was tried.
    #[derive(Debug)]
    struct Script {
        conflicts: u32,
        attempts: AtomicU32,
    }

    async fn insert(connection: &mut PgConnection, script: &Script) -> Result<()> {
        let run = async |connection: &mut PgConnection, sql: &'static str| {
            sqlx::raw_sql(sql).execute(connection).await.map(drop).map_err(failed("test"))
        };
        let attempt = script.attempts.fetch_add(1, Ordering::SeqCst);
        let sql = "INSERT INTO tenants (id, name, domain, is_active, tier, settings, created_at) \
                   VALUES (gen_random_uuid(), 'a', 'a', true, 'basic', '{}', now())";
        run(&mut *connection, sql).await?;
        if attempt < script.conflicts { run(connection, CONFLICT).await } else { Ok(()) }
    }

    /// Runs a transaction with so many conflicts; returns the outcome and the number of attempts.
    async fn run(database: &Database, conflicts: u32) -> (Result<()>, u32) {
        let script = Arc::new(Script { conflicts, attempts: AtomicU32::new(0) });
        let outcome = database
            .run(
                "test",
                Scope::Directory,
                Access::Write,
                Arc::clone(&script),
                |connection, script| Box::pin(insert(connection, script)),
            )
            .await;
        (outcome, script.attempts.load(Ordering::SeqCst))
    }

    async fn tenants(database: &Database) -> i64 {
        database
            .run("test", Scope::Directory, Access::Read, (), |connection, ()| {
                Box::pin(async move {
                    let sql = "SELECT count(*) FROM tenants";
                    sqlx::query_scalar(sql).fetch_one(connection).await.map_err(failed("test"))
                })
            })
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_transaction_that_was_in_conflict_is_run_again() {
        let test = TestDatabase::create().await;
        let database = Database::open(&test.config()).await.unwrap();
        let (outcome, attempts) = run(&database, 2).await;
        outcome.unwrap();
        assert_eq!((attempts, tenants(&database).await), (3, 1));
    }

    #[tokio::test]
    async fn attempts_are_bounded_and_leave_nothing() {
        let test = TestDatabase::create().await;
        let database = Database::open(&test.config()).await.unwrap();
        let (outcome, attempts) = run(&database, u32::MAX).await;
        assert_eq!(*outcome.unwrap_err().kind(), StoreErrorKind::Unavailable);
        assert_eq!((attempts, tenants(&database).await), (ATTEMPTS, 0));
    }

    #[tokio::test]
    async fn what_only_reads_cannot_write() {
        let test = TestDatabase::create().await;
        let database = Database::open(&test.config()).await.unwrap();
        let script = Script { conflicts: 0, attempts: AtomicU32::new(0) };
        let outcome = database
            .run("test", Scope::Directory, Access::Read, script, |connection, script| {
                Box::pin(insert(connection, script))
            })
            .await;
        outcome.unwrap_err();
        assert_eq!(tenants(&database).await, 0);
    }
}
