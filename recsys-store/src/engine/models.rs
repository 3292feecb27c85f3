//! The models that are loaded for a tenant.

use std::collections::BTreeMap;
use std::sync::Arc;

use recsys_core::ItemIdx;
use recsys_core::codec::decode_model;
use recsys_core::model::Model;
use uuid::Uuid;

use super::catalog::Catalog;
use super::vectors::EMBEDDER;
use super::{EngineError, ErrorCode, Result};
use crate::embedders::LatentSemantics;
use crate::types::{ItemId, ModelVersion};

/// A model in memory.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) version: ModelVersion,
    pub(super) model: Arc<dyn Model>,
    /// Column of the model for each slot that the catalogue had when the model was loaded.
    columns: Vec<Option<ItemIdx>>,
    /// By column: whether the model can tell anything of the item.
    known: Vec<bool>,
}

impl Loaded {
    pub(super) fn new(version: ModelVersion, model: Arc<dyn Model>, catalog: &Catalog) -> Self {
        let items = model.interactions().items();
        let column = |id: &ItemId| items.index(id.as_bytes());
        let columns = catalog.ids().iter().map(column).collect();
        let known = known(&*model);
        Self { version, model, columns, known }
    }
}

/// By column: whether somebody did something with the item, or the model goes by content as well. Training
/// gives every item of the catalogue a column.
fn known(model: &dyn Model) -> Vec<bool> {
    let data = model.interactions();
    let mut known = vec![model.as_cold_items().is_some(); data.n_items()];
    for &item in data.user_csr().indices {
        known[item as usize] = true;
    }
    known
}

/// The model that answers for one algorithm: a loaded one, or a member of one.
#[derive(Clone, Debug)]
pub(super) struct Serving {
    loaded: Arc<Loaded>,
    model: Arc<dyn Model>,
}

impl Serving {
    pub(super) fn model(&self) -> &Arc<dyn Model> {
        &self.model
    }

    pub(super) fn version(&self) -> &ModelVersion {
        &self.loaded.version
    }

    /// Returns the model's column of an item, `None` if the model can tell nothing of it.
    pub(super) fn column(&self, slot: usize, id: ItemId) -> Option<ItemIdx> {
        let column = match self.loaded.columns.get(slot) {
            Some(column) => *column,
            // The catalogue has grown since the model was loaded, perhaps by items that another
            // process created and trained on.
            None => self.column_of(id),
        };
        column.filter(|column| self.loaded.known[column.index()])
    }

    /// Returns the model's column of any item that it was trained on.
    pub(super) fn column_of(&self, id: ItemId) -> Option<ItemIdx> {
        self.model.interactions().items().index(id.as_bytes())
    }

    /// Returns the item in a column of the model.
    pub(super) fn item_of(&self, column: ItemIdx) -> Option<ItemId> {
        ItemId::from_slice(self.model.interactions().items().id(column)?)
    }
}

/// All current models of a tenant, by algorithm.
#[derive(Clone, Debug, Default)]
pub(super) struct Models {
    loaded: BTreeMap<String, Arc<Loaded>>,
    /// Current versions whose file could not be used; the former version, if any, goes on serving.
    unusable: BTreeMap<String, Uuid>,
    /// A name for what is loaded; another one whenever that changes.
    fingerprint: Uuid,
    /// Whether there were models that had to make room.
    unloaded: bool,
    /// What places items by their descriptions, and its version.
    embedder: Option<(ModelVersion, LatentSemantics)>,
}

impl Models {
    /// Tells whether `version` is loaded or known to be unusable.
    pub(super) fn knows(&self, version: Uuid) -> bool {
        self.loaded.values().any(|loaded| loaded.version.id == version)
            || self.embedder().is_some_and(|(known, _)| known.id == version)
            || self.unusable.values().any(|unusable| *unusable == version)
    }

    /// Returns what is left once models had to make room: what goes with the catalogue, which stays as well.
    pub(super) fn unloaded(&self) -> Self {
        Self { unloaded: true, embedder: self.embedder.clone(), ..Self::default() }
    }

    /// Tells whether models had to make room and are not loaded again.
    pub(super) fn are_unloaded(&self) -> bool {
        self.unloaded
    }

    pub(super) fn insert(&mut self, loaded: Loaded) {
        self.unloaded = false;
        self.unusable.remove(&loaded.version.algorithm);
        self.fingerprint = Uuid::new_v5(&self.fingerprint, loaded.version.id.as_bytes());
        self.loaded.insert(loaded.version.algorithm.clone(), Arc::new(loaded));
    }

    pub(super) fn set_embedder(&mut self, version: ModelVersion, embedder: LatentSemantics) {
        self.unusable.remove(&version.algorithm);
        self.embedder = Some((version, embedder));
    }

    /// Returns what places items by their descriptions, if the catalogue was fitted, and its version.
    pub(super) fn embedder(&self) -> Option<&(ModelVersion, LatentSemantics)> {
        self.embedder.as_ref()
    }

    /// Returns about how many bytes the loaded models take.
    pub(super) fn bytes(&self) -> u64 {
        self.loaded.values().map(|loaded| loaded.version.bytes).sum()
    }

    /// Returns the versions of the loaded models.
    pub(super) fn versions(&self) -> impl Iterator<Item = ModelVersion> {
        self.loaded.values().map(|loaded| loaded.version.clone())
    }

    /// Returns a name for what is loaded; another one whenever that changes.
    pub(super) fn fingerprint(&self) -> Uuid {
        self.fingerprint
    }

    pub(super) fn mark_unusable(&mut self, version: &ModelVersion) {
        self.unusable.insert(version.algorithm.clone(), version.id);
    }

    /// Returns the model for `algorithm`: its own or the member of a hybrid, whichever became current last.
    pub(super) fn find(&self, algorithm: &str) -> Option<Serving> {
        let own = self.loaded.get(algorithm);
        let own = own.map(|loaded| Serving { loaded: loaded.clone(), model: loaded.model.clone() });
        let members = self.loaded.values().filter_map(|loaded| {
            let mut members = loaded.model.as_blend()?.members().iter();
            let model = members.find(|member| member.kind().name() == algorithm)?;
            Some(Serving { loaded: loaded.clone(), model: model.clone() })
        });
        let last = |serving: &Serving| (serving.version().activated_at, serving.version().id);
        members.chain(own).max_by_key(last)
    }

    /// As [`Self::find`], but an error if the only model there is cannot be used.
    pub(super) fn serve(&self, algorithm: &str) -> Result<Option<Serving>> {
        match (self.find(algorithm), self.unusable.get(algorithm)) {
            (None, Some(version)) => {
                let message = format!("the file of {algorithm} model {version} cannot be used");
                Err(EngineError::new(ErrorCode::Internal, message))
            }
            (serving, _) => Ok(serving),
        }
    }
}

/// A file of the registry, read.
pub(super) enum Decoded {
    Model(Loaded),
    Embedder(ModelVersion, LatentSemantics),
}

impl Decoded {
    /// Reads a file; the error is what is wrong with it.
    pub(super) fn new(
        version: ModelVersion,
        file: &[u8],
        catalog: &Catalog,
    ) -> Result<Self, String> {
        if version.algorithm == EMBEDDER {
            let embedder = LatentSemantics::from_bytes(file).map_err(|error| error.to_string())?;
            return Ok(Self::Embedder(version, embedder));
        }
        let model = decode_model(file).map_err(|error| error.to_string())?;
        Ok(Self::Model(Loaded::new(version, model, catalog)))
    }
}
