//! Where model files lie.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::types::TenantId;

/// Returns the path of a model file below the folder of all models.
pub(super) fn path(models: &Path, tenant: TenantId, version: Uuid) -> PathBuf {
    models.join(tenant.to_string()).join(format!("{version}.rsys"))
}
