//! What the catalog needs of a revision, as the bytes of one column.

use model::Revision;

use crate::StoreError;
use crate::codec::{from_postcard, to_postcard};

/// The first byte; what follows is a [`Revision`] in postcard's form. A change of that type needs a new number here.
const FORMAT: u8 = 1;

pub(crate) fn encode(revision: &Revision) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![FORMAT];
    bytes.extend(to_postcard(revision)?);
    Ok(bytes)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Revision, StoreError> {
    match bytes.split_first() {
        Some((&FORMAT, body)) => from_postcard(body),
        _ => Err(StoreError::corrupt("reading the catalog", "a revision is in an unknown format")),
    }
}
