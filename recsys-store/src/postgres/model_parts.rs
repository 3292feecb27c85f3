//! Files of models as rows, in parts.

use bytes::{Bytes, BytesMut};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::error::failed;
use crate::error::Result;
use crate::types::TenantId;

/// Length of a part of a file.
const PART: usize = 4 << 20;

pub(super) async fn store(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    version: Uuid,
    file: &Bytes,
) -> Result<()> {
    for (part, bytes) in (0_i32..).zip(file.chunks(PART)) {
        let sql = "INSERT INTO model_parts (tenant_id, model_id, part, bytes) \
                   VALUES ($1, $2, $3, $4)";
        sqlx::query(sql)
            .bind(tenant.0)
            .bind(version)
            .bind(part)
            .bind(bytes)
            .execute(&mut *connection)
            .await
            .map_err(failed(op))?;
    }
    Ok(())
}

/// Reads the parts one after another. A version that is replaced meanwhile may lose them.
pub(super) async fn load(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    version: Uuid,
) -> Result<Bytes> {
    let mut file = BytesMut::new();
    for part in 0_i32.. {
        let sql = "SELECT bytes FROM model_parts \
                   WHERE tenant_id = $1 AND model_id = $2 AND part = $3";
        let bytes: Option<Vec<u8>> = sqlx::query_scalar(sql)
            .bind(tenant.0)
            .bind(version)
            .bind(part)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed(op))?;
        match bytes {
            Some(bytes) => file.extend_from_slice(&bytes),
            None => break,
        }
    }
    Ok(file.freeze())
}
