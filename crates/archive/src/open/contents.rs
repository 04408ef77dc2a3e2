use crate::folders::Folders;
use crate::limits::PIECES_TOTAL_MAX;
use crate::manifest::{Manifest, Whole};
use crate::parts::{PartsReader, check_parts};
use crate::record::{Content, Declared, RecordError, Records};
use crate::{ContentsError, OpenError, PartError, layout};

/// Reads the list of content files, and holds it against the manifest. Its parts are checked before they are unpacked.
pub(super) fn read(folders: &Folders, manifest: &Manifest) -> Result<Vec<Content>, OpenError> {
    let stream = &manifest.streams.contents;
    check_parts(folders, &stream.parts)?;
    let refused = |source| OpenError::Contents { archive: folders.place(), source };
    let unpacked = Records::unpack(PartsReader::new(folders, &stream.parts), Declared::from(stream));
    let records = unpacked.map_err(|source| refused(RecordError::Unpack { record: 1, source }.into()))?;
    let mut contents: Vec<Content> = Vec::new();
    let mut pieces = 0;
    for content in records {
        let content: Content = content.map_err(|error| or_part(error, refused))?;
        check_place(contents.last(), &content, manifest.part_bytes_max, &mut pieces).map_err(refused)?;
        contents.push(content);
    }
    check_sums(&contents, manifest).map_err(refused)?;
    Ok(contents)
}

/// What a reader of parts said, which zstd passed on, is said in its own words.
fn or_part(error: RecordError, refused: impl Fn(ContentsError) -> OpenError) -> OpenError {
    match error.into_part_error() {
        Ok(part) => OpenError::Part(part),
        Err(error) => refused(error.into()),
    }
}

fn check_place(
    before: Option<&Content>,
    content: &Content,
    part_bytes_max: u64,
    pieces: &mut u64,
) -> Result<(), ContentsError> {
    let file = content.sha256;
    if before.is_some_and(|before| before.sha256 >= file) {
        return Err(ContentsError::Order { file });
    }
    let count = layout::pieces(content.size, part_bytes_max);
    let expected = if count == 1 { 0 } else { count };
    let found = content.pieces.len() as u64;
    if found != expected {
        return Err(ContentsError::Pieces { file, expected, found });
    }
    *pieces += found;
    if *pieces > PIECES_TOTAL_MAX {
        return Err(ContentsError::TooManyPieces { limit: PIECES_TOTAL_MAX });
    }
    Ok(())
}

fn check_sums(contents: &[Content], manifest: &Manifest) -> Result<(), ContentsError> {
    // Cannot overflow: both factors have limits.
    let bytes = contents.iter().map(|content| content.size).sum();
    if bytes != manifest.carries.file_bytes {
        return Err(ContentsError::Bytes { expected: manifest.carries.file_bytes, found: bytes });
    }
    let mut whole = Whole::default();
    manifest.streams.all().flat_map(|stream| &stream.parts).for_each(|part| whole.add(part));
    contents.iter().flat_map(|content| content.parts(manifest.part_bytes_max)).for_each(|part| whole.add(&part));
    let found = whole.finish();
    if found == manifest.whole { Ok(()) } else { Err(ContentsError::Whole { expected: manifest.whole, found }) }
}

impl RecordError {
    /// The error of a part that this one came from.
    pub(crate) fn into_part_error(self) -> Result<PartError, Self> {
        match self {
            Self::Unpack { record, source } => {
                source.downcast::<PartError>().map_err(|source| Self::Unpack { record, source })
            }
            other => Err(other),
        }
    }
}
