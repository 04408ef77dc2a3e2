//! What the catalog needs of a revision, as the bytes of one column.

use model::Revision;
use serde::Deserialize;

use crate::StoreError;
use crate::codec::{from_postcard, to_postcard};

/// The first byte; what follows is a [`Revision`] in postcard's form. A change of that type needs a new number here.
const FORMAT: u8 = 1;

pub(crate) fn encode(revision: &Revision) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![FORMAT];
    bytes.extend(to_postcard(revision)?);
    Ok(bytes)
}

/// A [`Revision`], or a type that is read like it and may borrow its texts.
pub(crate) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StoreError> {
    match bytes.split_first() {
        Some((&FORMAT, body)) => from_postcard(body),
        _ => Err(StoreError::corrupt("reading the catalog", "a revision is in an unknown format")),
    }
}
