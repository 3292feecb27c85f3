//! Exports: what is written is brought back, in any backend, and what is damaged is not.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recsys_store::engine::RecommendQuery;
use recsys_store::export::{Export, ExportError, Manifest, export};
use recsys_store::testing::durability::write_everything;
use recsys_store::testing::{tenant, user};
use recsys_store::types::{NewInteraction, NewItem, TenantId};
use recsys_store::{Engine, MemoryStorage, SqliteConfig, SqliteStorage, Storage, StoreErrorKind};
use serde_json::Value;
use tempfile::TempDir;

async fn export_all(storage: &dyn Storage, folder: &Path) -> Result<Manifest, ExportError> {
    let tenants = storage.tenants().list().await.unwrap();
    export(storage, tenants, folder, |_| {}).await
}

async fn import_all(folder: &Path, storage: &dyn Storage) -> Result<(), ExportError> {
    let exported = Export::open(folder)?;
    for tenant in &exported.manifest().tenants {
        exported.import(tenant, storage, |_| {}).await?;
    }
    Ok(())
}

/// All files below a folder, with what is in them.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// An export of a small shop, and its folder.
async fn small() -> (TempDir, PathBuf, TenantId) {
    let storage = MemoryStorage::new();
    let (id, _) = write_everything(&storage).await.model();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("export");
    export_all(&storage, &path).await.unwrap();
    (folder, path, id)
}

#[tokio::test]
async fn an_export_of_what_was_imported_is_the_same() {
    let folder = TempDir::new().unwrap();
    let original = MemoryStorage::new();
    write_everything(&original).await;
    tenant(&original, "empty").await;
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    export_all(&original, &first).await.unwrap();
    let config = SqliteConfig::new(folder.path().join("data"));
    let copy = SqliteStorage::open(&config).await.unwrap();
    import_all(&first, &copy).await.unwrap();
    export_all(&copy, &second).await.unwrap();
    let without_manifest = |folder: &Path| {
        let mut all = contents(folder);
        all.retain(|(name, _)| name != Path::new("manifest.json"));
        all
    };
    let files = without_manifest(&first);
    assert_eq!(files.len(), 2 * 7 + 1, "seven files for each tenant, and one model");
    assert!(files == without_manifest(&second));
    let (one, two) = (Export::open(&first).unwrap(), Export::open(&second).unwrap());
    assert_eq!(one.manifest().tenants, two.manifest().tenants);
}

#[tokio::test]
async fn more_rows_than_fit_into_a_piece_all_come_back() {
    let folder = TempDir::new().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let id = tenant(&*storage, "shop").await.id;
    let engine = Engine::builder(storage.clone()).training_threads(1).build().unwrap();
    let shop = engine.tenant(id).await.unwrap();
    let ann = shop.stores().users.create(user("ann")).await.unwrap().id;
    let item = |at| NewItem { title: format!("Item {at}"), ..NewItem::default() };
    let items = shop.create_items((0..3).map(item).collect()).await.unwrap();
    let event = |at: usize| NewInteraction::new(ann, items[at % 2].id, "view");
    shop.record((0..4_321).map(event).collect()).await.unwrap();
    shop.train("popularity", |_| {}).await.unwrap();
    let path = folder.path().join("export");
    let manifest = export_all(&*storage, &path).await.unwrap();
    assert_eq!(manifest.tenants[0].rows("interactions.jsonl"), 4_321);
    let config = SqliteConfig::new(folder.path().join("data"));
    let copy: Arc<dyn Storage> = Arc::new(SqliteStorage::open(&config).await.unwrap());
    import_all(&path, &*copy).await.unwrap();
    assert_eq!(copy.tenant(id).interactions.last_sequence().await.unwrap(), 4_321);
    let engine = Engine::builder(copy).build().unwrap();
    let query =
        || RecommendQuery { algorithm: "popularity".into(), ..RecommendQuery::for_user(ann) };
    let here = engine.tenant(id).await.unwrap().recommend(query()).await.unwrap();
    let there = shop.recommend(query()).await.unwrap();
    assert_eq!(format!("{:?}", here.items), format!("{:?}", there.items));
    assert_eq!(here.model_version, there.model_version);
}

#[tokio::test]
async fn a_line_is_what_the_format_says() {
    let (_folder, path, id) = small().await;
    let line = |name: &str| -> Value {
        let text = fs::read_to_string(path.join(id.to_string()).join(name)).unwrap();
        serde_json::from_str(text.lines().next().unwrap()).unwrap()
    };
    let keys = |value: Value| -> String {
        value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        keys(line("tenant.json")),
        "catalog_revision created_at domain id is_active last_sequence name settings tier"
    );
    assert_eq!(
        keys(line("users.jsonl")),
        "created_at email external_id id password_hash preferences role username"
    );
    assert_eq!(
        keys(line("items.jsonl")),
        "category created_at description external_id id interaction_count is_active metadata \
         rating_count rating_sum revision tags title updated_at"
    );
    assert_eq!(keys(line("deletions.jsonl")), "item_id revision");
    assert_eq!(
        keys(line("interactions.jsonl")),
        "at context created_at fingerprint id idempotency_key item_id kind recommendation_id \
         sequence user_id value"
    );
    assert_eq!(keys(line("ratings.jsonl")), "created_at id item_id rating review user_id");
    assert_eq!(
        keys(line("models.jsonl")),
        "activated_at algorithm bytes created_at id is_current metrics watermark"
    );
    let manifest: Value =
        serde_json::from_slice(&fs::read(path.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["recsys_export"], 1);
    assert_eq!(manifest["tenants"][0]["files"][0]["name"], "tenant.json");
}

#[tokio::test]
async fn a_file_that_is_damaged_leaves_nothing_imported() {
    let (_folder, path, id) = small().await;
    let names: Vec<String> = Export::open(&path).unwrap().manifest().tenants[0]
        .files
        .iter()
        .map(|f| f.name.clone())
        .collect();
    assert_eq!(names.len(), 8);
    for name in names {
        let file = path.join(id.to_string()).join(&name);
        let whole = fs::read(&file).unwrap();
        let mut changed = whole.clone();
        // A digit for another one, a letter for another one: what is still JSON.
        let at = changed.iter().rposition(u8::is_ascii_alphanumeric).unwrap();
        changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
        let cut = whole[..whole.len() - 1].to_vec();
        let repeated = [whole.clone(), whole.clone()].concat();
        for wrong in [Some(changed), Some(cut), Some(repeated), None] {
            match &wrong {
                Some(wrong) => fs::write(&file, wrong).unwrap(),
                None => fs::remove_file(&file).unwrap(),
            }
            if name.starts_with("models/") && wrong.is_some_and(|wrong| wrong.starts_with(&whole)) {
                continue; // what follows a model is not read
            }
            let storage = MemoryStorage::new();
            let error = import_all(&path, &storage).await.unwrap_err();
            assert!(error.to_string().contains(&name), "{error}");
            assert!(storage.tenants().list().await.unwrap().is_empty(), "{name}");
        }
        fs::write(&file, whole).unwrap();
    }
    import_all(&path, &MemoryStorage::new()).await.unwrap();
}

#[tokio::test]
async fn a_tenant_that_is_there_is_left_alone() {
    let (_folder, path, id) = small().await;
    let storage = MemoryStorage::new();
    import_all(&path, &storage).await.unwrap();
    let error = import_all(&path, &storage).await.unwrap_err();
    let ExportError::Store(error) = error else { panic!("{error}") };
    assert_eq!(*error.kind(), StoreErrorKind::AlreadyExists);
    assert!(error.to_string().contains("shop") && error.to_string().contains(&id.to_string()));
}

#[tokio::test]
async fn what_is_no_export_is_refused() {
    let (_folder, path, _) = small().await;
    let storage = MemoryStorage::new();
    let error = export_all(&storage, &path).await.unwrap_err();
    assert!(matches!(error, ExportError::NotEmpty { .. }), "{error}");
    let manifest = path.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let later = text.replace("\"recsys_export\": 1", "\"recsys_export\": 2");
    assert_ne!(later, text);
    fs::write(&manifest, later).unwrap();
    assert!(matches!(Export::open(&path), Err(ExportError::TooNew { version: 2, .. })));
    fs::write(&manifest, "{}").unwrap();
    assert!(matches!(Export::open(&path), Err(ExportError::Damaged { .. })));
    fs::remove_file(&manifest).unwrap();
    assert!(matches!(Export::open(&path), Err(ExportError::Incomplete { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_an_export() {
    use std::os::unix::fs::PermissionsExt as _;

    let (_folder, path, id) = small().await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let of_tenant = path.join(id.to_string());
    assert_eq!((mode(&path), mode(&of_tenant)), (0o700, 0o700));
    assert_eq!(mode(&of_tenant.join("users.jsonl")), 0o600);
}
