//! Pages of items that stay right while items come and go.

use async_graphql::connection::{
    Connection, CursorType, DefaultConnectionName, DefaultEdgeName, DisableNodesField, Edge,
    EmptyFields,
};
use chrono::DateTime;
use recsys_store::{
    TenantEngine,
    types::{self, ItemId, ItemPosition},
};
use uuid::Uuid;

use super::Item;
use crate::error::{ApiError, Result};

/// One page of items.
pub(crate) type ItemConnection = Connection<
    ItemCursor,
    Item,
    EmptyFields,
    EmptyFields,
    DefaultConnectionName,
    DefaultEdgeName,
    DisableNodesField,
>;

/// The place of an item, opaque to clients: time of creation and id, as 48 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ItemCursor(pub(crate) ItemPosition);

/// Digits of the time.
const TIME: usize = 16;
/// Digits of the id.
const ID: usize = 32;

impl CursorType for ItemCursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> std::result::Result<Self, Self::Error> {
        Self::parse(text).ok_or("is no cursor of this list")
    }

    fn encode_cursor(&self) -> String {
        let ItemPosition { created_at, id } = self.0;
        format!("{:016x}{}", created_at.timestamp_millis(), id.0.simple())
    }
}

impl ItemCursor {
    fn parse(text: &str) -> Option<Self> {
        let digits = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if text.len() != TIME + ID || !text.bytes().all(digits) {
            return None;
        }
        let (time, id) = text.split_at(TIME);
        let created_at = DateTime::from_timestamp_millis(i64::from_str_radix(time, 16).ok()?)?;
        let id = ItemId(Uuid::try_parse(id).ok()?);
        Some(Self(ItemPosition { created_at, id }))
    }

    /// Reads the argument `after`.
    pub(crate) fn after(text: Option<&str>) -> Result<Option<ItemPosition>> {
        let Some(text) = text else { return Ok(None) };
        let cursor =
            Self::decode_cursor(text).map_err(|problem| ApiError::input("after", problem))?;
        Ok(Some(cursor.0))
    }
}

/// Makes a page of at most `first` of `rows`, which are one more if there is a next page.
pub(crate) fn connect(
    tenant: &TenantEngine,
    mut rows: Vec<types::Item>,
    first: usize,
    is_first_page: bool,
) -> ItemConnection {
    let more = rows.len() > first;
    rows.truncate(first);
    let mut page = Connection::new(!is_first_page, more);
    let edge =
        |row: types::Item| Edge::new(ItemCursor(row.position()), Item::new(tenant, row.into()));
    page.edges.extend(rows.into_iter().map(edge));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let created_at = DateTime::from_timestamp_millis(1_788_000_000_123).unwrap();
        let cursor = ItemCursor(ItemPosition { created_at, id: ItemId::generate() });
        assert_eq!(ItemCursor::decode_cursor(&cursor.encode_cursor()), Ok(cursor));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let good = "0000019f00000000".to_owned() + &"a".repeat(32);
        assert!(ItemCursor::decode_cursor(&good).is_ok());
        for wrong in [
            String::new(),
            "x".repeat(48),
            good[1..].to_owned(),
            good.clone() + "0",
            good.to_uppercase(),
            "f".repeat(48),
            "7".repeat(48),
            "-000019f00000000".to_owned() + &"a".repeat(32),
            "é".repeat(24),
            "9".repeat(1_000_000),
        ] {
            assert!(ItemCursor::decode_cursor(&wrong).is_err(), "{wrong:.60}");
        }
    }
}
