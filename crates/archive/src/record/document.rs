use model::{RevisionNumber, UpdateId, UpdateIdentity};
use uuid::Uuid;

use super::{InvalidRecord, Record, refuse_length};
use crate::StreamKind;
use crate::limits::DOCUMENT_BYTES_MAX;

/// What stands before the bytes of a document.
const IDENTITY_BYTES: usize = 20;

/// A revision's document, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Whose it is. That the document says the same is for the importer to check.
    pub identity: UpdateIdentity,
    /// The document. At most [`DOCUMENT_BYTES_MAX`] bytes.
    pub body: Vec<u8>,
}

impl Record for Document {
    const KIND: StreamKind = StreamKind::Metadata;
    const BYTES_MAX: usize = IDENTITY_BYTES + DOCUMENT_BYTES_MAX;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), InvalidRecord> {
        refuse_length(self.body.len(), DOCUMENT_BYTES_MAX)?;
        out.extend(self.identity.update_id.0.as_bytes());
        out.extend(self.identity.revision_number.number().to_le_bytes());
        out.extend(&self.body);
        Ok(())
    }

    fn read(bytes: &[u8]) -> Result<Self, InvalidRecord> {
        let too_short = || InvalidRecord::TooShort { found: bytes.len() };
        let (guid, rest) = bytes.split_first_chunk::<16>().ok_or_else(too_short)?;
        let (number, body) = rest.split_first_chunk::<4>().ok_or_else(too_short)?;
        let revision_number = RevisionNumber::new(u32::from_le_bytes(*number)).map_err(InvalidRecord::Identity)?;
        let identity = UpdateIdentity { update_id: UpdateId(Uuid::from_bytes(*guid)), revision_number };
        Ok(Self { identity, body: body.to_vec() })
    }
}
