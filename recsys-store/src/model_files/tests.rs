//! Tests of places for model files.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use uuid::Uuid;

use super::files::{ModelFiles, PART};
use super::sweep::ORPHANED_AFTER;
use super::{Seal, digest_of};
use crate::error::{Backend, StoreError, StoreErrorKind};
use crate::types::TenantId;

const OP: &str = "models.test";

async fn seal_of(file: &Bytes) -> Seal {
    Seal::new(file.len() as u64, Some(digest_of(OP, file.clone()).await.unwrap()))
}

fn age(path: &Path, by: Duration) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - by).unwrap();
}

#[tokio::test]
async fn a_file_of_several_parts_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (tenant, version) = (TenantId::generate(), Uuid::now_v7());
    let in_folder = ModelFiles::in_folder(OP, folder.path()).await.unwrap();
    let memory = Arc::new(object_store::memory::InMemory::new());
    let in_memory = ModelFiles { store: memory, folder: None, name: "memory".to_owned() };
    let large = Bytes::from_iter((0..2 * PART + 5).map(|at| (at % 251) as u8));
    for files in [in_folder, in_memory] {
        for file in [Bytes::new(), Bytes::from_static(b"small"), large.clone()] {
            files.put(OP, tenant, version, &file).await.unwrap();
            let read = files.get(OP, tenant, version, &seal_of(&file).await).await.unwrap();
            assert!(read == file, "{} bytes", file.len());
        }
    }
}

#[tokio::test]
async fn a_file_that_is_not_what_was_published_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let files = ModelFiles::in_folder(OP, folder.path()).await.unwrap();
    let (tenant, version) = (TenantId::generate(), Uuid::now_v7());
    let published = Bytes::from_static(b"published");
    let seal = seal_of(&published).await;
    files.put(OP, tenant, version, &published).await.unwrap();
    let path = folder.path().join(format!("{tenant}/{version}.rsys"));
    for wrong in [&b"publishes"[..], b"publish", b"published twice"] {
        fs::write(&path, wrong).unwrap();
        let error = files.get(OP, tenant, version, &seal).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::Corrupt, "{error}");
    }
    fs::remove_file(&path).unwrap();
    let error = files.get(OP, tenant, version, &seal).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Corrupt, "{error}");
}

#[tokio::test]
async fn old_files_without_a_row_are_swept_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let files = ModelFiles::in_folder(OP, folder.path()).await.unwrap();
    let (tenant, other) = (TenantId::generate(), TenantId::generate());
    let [kept, orphan, fresh] = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    let file = Bytes::from_static(b"model");
    for (tenant, version) in [(tenant, kept), (tenant, orphan), (tenant, fresh), (other, orphan)] {
        files.put(OP, tenant, version, &file).await.unwrap();
    }
    let of_tenant = folder.path().join(tenant.to_string());
    let stands = |name: String| of_tenant.join(name);
    for name in [format!("{orphan}.rsys#1"), format!("{fresh}.rsys#1"), "notes.rsys".to_owned()] {
        fs::write(stands(name), "unfinished").unwrap();
    }
    let long = ORPHANED_AFTER + Duration::from_secs(60);
    for old in [format!("{kept}.rsys"), format!("{orphan}.rsys"), format!("{orphan}.rsys#1")] {
        age(&stands(old), long);
    }
    age(&stands("notes.rsys".to_owned()), long);
    age(&folder.path().join(format!("{other}/{orphan}.rsys")), long);
    files.sweep(tenant, Box::pin(async { Ok(HashSet::from([kept])) })).await;
    let mut left: Vec<String> = fs::read_dir(&of_tenant)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let mut expected = [format!("{kept}.rsys"), format!("{fresh}.rsys"), format!("{fresh}.rsys#1")]
        .into_iter()
        .chain(["notes.rsys".to_owned()])
        .collect::<Vec<_>>();
    expected.sort();
    assert_eq!(left, expected);
    assert!(folder.path().join(format!("{other}/{orphan}.rsys")).exists(), "another tenant's");
}

#[tokio::test]
async fn nothing_is_swept_while_the_registry_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let files = ModelFiles::in_folder(OP, folder.path()).await.unwrap();
    let (tenant, version) = (TenantId::generate(), Uuid::now_v7());
    files.put(OP, tenant, version, &Bytes::from_static(b"model")).await.unwrap();
    let path = folder.path().join(format!("{tenant}/{version}.rsys"));
    age(&path, 2 * ORPHANED_AFTER);
    let unreadable = || StoreError::new(Backend::Memory, OP, StoreErrorKind::Unavailable);
    files.sweep(tenant, Box::pin(async { Err(unreadable()) })).await;
    assert!(path.exists());
}

#[tokio::test]
async fn a_file_outlives_a_registration_of_which_nobody_knows_how_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let files = ModelFiles::in_folder(OP, folder.path()).await.unwrap();
    let (tenant, file) = (TenantId::generate(), Bytes::from_static(b"model"));
    for (kind, stays) in [(StoreErrorKind::Unavailable, true), (StoreErrorKind::LeaseLost, false)] {
        let version = Uuid::now_v7();
        let register = async { Err(StoreError::new(Backend::Memory, OP, kind.clone())) };
        assert!(files.publish(OP, tenant, version, &file, register).await.is_err());
        let path = folder.path().join(format!("{tenant}/{version}.rsys"));
        assert_eq!(path.exists(), stays, "{kind:?}");
    }
}
