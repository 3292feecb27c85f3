//! Copies of tenants, as far as they do not depend on the database.

use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{SqlRow, interaction, model, tenant};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::traits::Archive;
use crate::types::{
    ArchivePiece, DeletionRecord, EventRecord, ItemId, ModelRecord, TenantRecord, UserRecord,
};

/// Rows of a piece.
const ROWS: usize = 2_000;
/// Pieces that are read before somebody takes them.
const AHEAD: usize = 2;

/// Where a copy is passed on to.
pub(crate) type Outlet = mpsc::Sender<Result<ArchivePiece>>;

/// Starts a task that makes a copy, for as long as somebody takes it.
pub(crate) fn archive<F>(make: impl FnOnce(Outlet) -> F) -> Archive
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (outlet, pieces) = mpsc::channel(AHEAD);
    let making = make(outlet.clone());
    tokio::spawn(async move {
        let last = making.await.map(|()| ArchivePiece::End);
        // Who does not take it any more does not need it.
        let _ = outlet.send(last).await;
    });
    let next = |mut pieces: mpsc::Receiver<_>| async { Some((pieces.recv().await?, pieces)) };
    stream::unfold(pieces, next).boxed()
}

/// Passes a piece on; fails when nobody takes it any more.
pub(crate) async fn pass_on(
    backend: Backend,
    op: &'static str,
    outlet: &Outlet,
    piece: ArchivePiece,
) -> Result<()> {
    outlet.send(Ok(piece)).await.map_err(|_| {
        StoreError::new(backend, op, StoreErrorKind::Unavailable)
            .with_context("nobody takes the copy any more")
    })
}

/// An error for a model whose file went while the copy was made.
pub(crate) fn made_room(backend: Backend, op: &'static str, version: Uuid) -> StoreError {
    let what = format!("model {version} made room for another while the copy was made: try again");
    StoreError::new(backend, op, StoreErrorKind::Unavailable).with_context(what)
}

/// Passes rows on as they come from the database.
pub(crate) async fn pass_rows_on<R, T>(
    (backend, op): (Backend, &'static str),
    outlet: &Outlet,
    rows: impl Stream<Item = std::result::Result<R, sqlx::Error>> + Send,
    read: impl Fn(&R) -> std::result::Result<T, sqlx::Error> + Send,
    piece: impl Fn(Vec<T>) -> ArchivePiece + Send,
    failed: impl Fn(sqlx::Error) -> StoreError + Send,
) -> Result<()>
where
    R: Send,
    T: Send,
{
    let rows = rows.map(|row| row.and_then(|row| read(&row)));
    let mut chunks = std::pin::pin!(rows.try_chunks(ROWS));
    while let Some(chunk) = chunks.try_next().await.map_err(|error| failed(error.1))? {
        pass_on(backend, op, outlet, piece(chunk)).await?;
    }
    Ok(())
}

/// Reads [`tenant`](super::tenant_columns), `last_sequence` and `catalog_revision`.
pub(crate) fn tenant_record(row: &impl SqlRow) -> std::result::Result<TenantRecord, sqlx::Error> {
    let (last_sequence, catalog_revision) = (row.unsigned(7)?, row.unsigned(8)?);
    Ok(TenantRecord { tenant: tenant(row)?, last_sequence, catalog_revision })
}

/// Reads [`credentials`](super::credentials).
pub(crate) fn user_record(row: &impl SqlRow) -> std::result::Result<UserRecord, sqlx::Error> {
    let found = super::credentials(row)?;
    Ok(UserRecord { user: found.user, password_hash: found.password_hash })
}

/// Reads an id and a revision.
pub(crate) fn deletion(row: &impl SqlRow) -> std::result::Result<DeletionRecord, sqlx::Error> {
    Ok(DeletionRecord { item_id: ItemId(row.id(0)?), revision: row.unsigned(1)? })
}

/// Reads [`interaction`](super::interaction_columns), the key and the fingerprint.
pub(crate) fn event_record(row: &impl SqlRow) -> std::result::Result<EventRecord, sqlx::Error> {
    let (idempotency_key, fingerprint) = (row.optional_text(10)?, row.optional_id(11)?);
    Ok(EventRecord { event: interaction(row)?, idempotency_key, fingerprint })
}

/// Reads [`model`](super::model_columns) and whether it is current.
pub(crate) fn model_record(row: &impl SqlRow) -> std::result::Result<ModelRecord, sqlx::Error> {
    Ok(ModelRecord { version: model(row)?, is_current: row.flag(7)? })
}
