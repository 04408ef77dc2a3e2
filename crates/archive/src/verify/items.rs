use std::io::BufReader;
use std::sync::Arc;

use crate::ReadError;
use crate::folders::Folders;
use crate::manifest::{Part, Stream};
use crate::open::Archive;
use crate::parts::PartsReader;
use crate::record::{Declared, Record, RecordError, Records};

/// The parts of a stream, one behind the other.
type Packed = BufReader<PartsReader<Arc<Folders>, Vec<Part>>>;

/// Records of an archive, one at a time. Ends behind the first error.
pub struct Items<T> {
    records: Records<T, Packed>,
    archive: Archive,
}

impl Archive {
    /// The records of `stream`; none if it is not there.
    pub(super) fn records<T: Record>(&self, stream: Option<&Stream>) -> Result<Items<T>, ReadError> {
        let none = Stream::default();
        let stream = stream.unwrap_or(&none);
        let reader = PartsReader::new(Arc::clone(&self.shared.folders), stream.parts.clone());
        let records = Records::unpack(reader, Declared::from(stream))
            .map_err(|source| refused::<T>(self, RecordError::Unpack { record: 1, source }))?;
        Ok(Items { records, archive: self.clone() })
    }
}

impl<T: Record> Iterator for Items<T> {
    type Item = Result<T, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.records.next()?.map_err(|error| refused::<T>(&self.archive, error)))
    }
}

/// What a reader of parts said, which zstd passed on, is said in its own words.
fn refused<T: Record>(archive: &Archive, error: RecordError) -> ReadError {
    match error.into_part_error() {
        Ok(part) => part.into(),
        Err(source) => ReadError::Records { archive: archive.place().to_owned(), kind: T::KIND, source },
    }
}
