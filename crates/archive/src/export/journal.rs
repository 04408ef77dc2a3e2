use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use model::Sha256;
use serde::{Deserialize, Serialize};

use super::medium::{Lasting, Medium};
use crate::manifest::Part;
use crate::record::Content;
use crate::{JOURNAL_NAME, PartName, StreamKind};

/// What an export has finished so far: a JSON value a line, in the folder of the archive until that is finished.
///
/// It is a hint: whatever it says is read again from the parts themselves, and a line that is damaged costs no more than
/// the work it stood for. So it need not be made lasting line by line.
pub(super) struct Journal(Box<dyn Lasting>);

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    /// From here on, parts of streams are of the plan with this digest: those before are void.
    Plan(Sha256),
    /// A part of a stream.
    Records(DonePart),
    /// A piece of a content file.
    Piece(Part),
    /// A content file.
    File(Content),
}

/// A finished part of a stream, and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DonePart {
    pub(super) part: Part,
    /// How many bytes it unpacks to.
    pub(super) raw_bytes: u64,
    /// Their digest.
    pub(super) raw_sha256: Sha256,
}

/// What an earlier run finished, as its journal says.
#[derive(Default)]
pub(super) struct Found {
    /// Of the same plan, in the order they were finished.
    pub(super) parts: Vec<DonePart>,
    pub(super) pieces: HashMap<PartName, Part>,
    pub(super) files: HashMap<Sha256, Content>,
}

impl Journal {
    /// Opens the journal in `folder`, and says what is in it that holds for `plan` too.
    pub(super) fn open(medium: &dyn Medium, folder: &Path, plan: Sha256) -> io::Result<(Self, Found)> {
        let path = folder.join(JOURNAL_NAME);
        let mut journal = Self(medium.append(&path)?);
        let bytes = fs::read(&path)?;
        let mut found = Found::default();
        let mut current = false;
        for line in bytes.split(|byte| *byte == b'\n') {
            match serde_json::from_slice(line) {
                Ok(Line::Plan(digest)) => {
                    // A plan may come back; what was done for it may not, because it is named after what came between.
                    found.parts.clear();
                    current = digest == plan;
                }
                Ok(Line::Records(part)) if current => found.parts.push(part),
                Ok(Line::Piece(part)) => drop(found.pieces.insert(part.name, part)),
                Ok(Line::File(content)) => drop(found.files.insert(content.sha256, content)),
                Ok(Line::Records(_)) | Err(_) => {}
            }
        }
        // The last line may have been cut short: what follows does not continue it.
        journal.0.write_all(b"\n")?;
        if !current {
            journal.write(&Line::Plan(plan))?;
        }
        Ok((journal, found))
    }

    pub(super) fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
        text.push(b'\n');
        self.0.write_all(&text)
    }
}

impl Found {
    /// The first parts of a stream that were finished, as far as there is none missing between them.
    pub(super) fn parts_of(&self, kind: StreamKind) -> Vec<DonePart> {
        let mut parts: Vec<DonePart> = Vec::new();
        for done in &self.parts {
            let PartName::Stream(found, number) = done.part.name else { continue };
            if found == kind && number as usize == parts.len() + 1 {
                parts.push(done.clone());
            } else if found == kind && number as usize <= parts.len() {
                // It was written again, and what came behind it with it.
                parts.truncate(number as usize - 1);
                parts.push(done.clone());
            }
        }
        parts
    }
}
