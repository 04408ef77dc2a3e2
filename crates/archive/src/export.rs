use std::collections::HashSet;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use model::{ChangeMark, Sha256, Timestamp};
use serde::Serialize;
use trust::{DigestSha256, SigningKey};

use crate::manifest::{Base, Carries, FORMAT, FORMAT_VERSION, Manifest, Part, Server, Streams, Whole, to_text};
use crate::record::{CarriedFile, CarriedList, Content, Decision, Document, Location};
use crate::{
    HANDOVERS_NAME, Handovers, JOURNAL_NAME, MANIFEST_NAME, PartName, SIGNATURE_NAME, Split, StreamKind, layout,
    signature,
};
use files::Files;
use journal::{DonePart, Found, Journal, Line};
use medium::{Disk, Medium};
use stream::StreamWriter;
use target::Target;

mod error;
mod files;
mod journal;
pub(crate) mod medium;
mod strays;
mod stream;
mod target;

pub use error::ExportError;
pub use files::Carried;

/// What an archive is to be. The same plan, begun again in the same folder, goes on where it was cut short; with another
/// plan, the content files that were finished are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// This server.
    pub server: Server,
    /// Up to where its changes are exported.
    pub mark: ChangeMark,
    /// The archive that this one goes on from: see [`crate::Signed::as_base`].
    pub follows: Option<Base>,
    /// The digest of the list of needs it is limited to.
    pub needs: Option<Sha256>,
    /// Groups, approvals, declined updates and accepted licences go with it.
    pub decisions: bool,
    /// How long a part may be.
    pub split: Split,
}

/// An archive that is being written.
///
/// Documents, decisions, locations and lists may come in any order, but in the same one whenever the same plan is begun again:
/// what an earlier run finished is held against them and not written again. Files are known by their digests, and may
/// come as they like. Memory: 3 MB, the longest record, and 150 bytes for each file.
pub struct Export {
    target: Target,
    plan: Plan,
    metadata: StreamWriter,
    decisions: StreamWriter,
    locations: StreamWriter,
    lists: StreamWriter,
    files: Files,
    carries: Carries,
    handovers: Handovers,
    broken: bool,
}

impl Export {
    /// Begins an archive in `folder`, or goes on with one that was cut short there. Reads what of it is finished.
    ///
    /// # Errors
    /// [`ExportError::Finished`] when there is an archive already, [`ExportError::Busy`] when another export writes there;
    /// those of the disk.
    pub fn begin(folder: &Path, plan: Plan) -> Result<Self, ExportError> {
        Self::begin_on(Arc::new(Disk), folder, plan)
    }

    pub(crate) fn begin_on(medium: Arc<dyn Medium>, folder: &Path, plan: Plan) -> Result<Self, ExportError> {
        let archive = folder.to_owned();
        medium.create_folder(folder).map_err(target::failed(archive.clone(), "create the folder", folder))?;
        // The signature comes last of all: where it is, there is nothing left to do.
        if folder.join(SIGNATURE_NAME).symlink_metadata().is_ok() {
            return Err(ExportError::Finished { archive });
        }
        let journal_path = folder.join(JOURNAL_NAME);
        let (journal, found) = Journal::open(medium.as_ref(), folder, DigestSha256::of(&to_text(&plan)))
            .map_err(target::failed(archive.clone(), "go on with", &journal_path))?;
        let target = Target { medium, folder: archive, part_bytes_max: plan.split.part_bytes_max(), journal };
        let stream = |kind| {
            let done = found.parts_of(kind).into_iter().take_while(|done| files::is_sound(&target, &done.part));
            StreamWriter::new(kind, &target, done.collect())
        };
        let metadata = stream(StreamKind::Metadata)?;
        let decisions = stream(StreamKind::Decisions)?;
        let locations = stream(StreamKind::Locations)?;
        let lists = stream(StreamKind::Lists)?;
        let files = Files::new(found);
        let (carries, handovers) = (Carries::default(), Handovers::default());
        Ok(Self { target, plan, metadata, decisions, locations, lists, files, carries, handovers, broken: false })
    }

    /// Tells with the archive how the key that signs it came from those before it.
    pub fn introduce(&mut self, handovers: Handovers) {
        self.handovers = handovers;
    }

    /// Carries a revision's document.
    ///
    /// # Errors
    /// [`ExportError`]; see [`ExportError::is_of_one_item`].
    pub fn document(&mut self, document: &Document) -> Result<(), ExportError> {
        self.refuse_broken()?;
        let item = || format!("the document of {}", document.identity);
        let pushed = self.metadata.push(&mut self.target, document, item);
        self.keep(pushed)?;
        self.carries.documents += 1;
        Ok(())
    }

    /// Carries a decision. All that hold are carried, not only those that changed: what is missing does not hold.
    ///
    /// # Errors
    /// [`ExportError::WithoutDecisions`] unless the plan has them; others as [`Export::document`].
    pub fn decision(&mut self, decision: &Decision) -> Result<(), ExportError> {
        self.refuse_broken()?;
        if !self.plan.decisions {
            return Err(ExportError::WithoutDecisions { archive: self.target.folder.clone() });
        }
        let pushed = self.decisions.push(&mut self.target, decision, || "a decision".to_owned());
        self.keep(pushed)?;
        self.carries.count_decision(decision);
        Ok(())
    }

    /// Carries what is known of how a file is fetched.
    ///
    /// # Errors
    /// As [`Export::document`].
    pub fn location(&mut self, location: &Location) -> Result<(), ExportError> {
        self.refuse_broken()?;
        let pushed = self.locations.push(&mut self.target, location, || "what is known of a file".to_owned());
        self.keep(pushed)?;
        self.carries.count_location(location);
        Ok(())
    }

    /// Carries a list of revoked certificates.
    ///
    /// # Errors
    /// As [`Export::document`].
    pub fn list(&mut self, list: &CarriedList) -> Result<(), ExportError> {
        self.refuse_broken()?;
        let item = || format!("the list of revoked certificates from {}", list.address);
        let pushed = self.lists.push(&mut self.target, list, item);
        self.keep(pushed)?;
        self.carries.lists += 1;
        Ok(())
    }

    /// Carries a content file. `open` is called unless an earlier run has written it; what is read is held against
    /// both digests and the size before it counts.
    ///
    /// # Errors
    /// [`ExportError::Source`] when it cannot be read, [`ExportError::OtherContent`] when it is something else, and the
    /// export can go on without it; others as [`Export::document`].
    pub fn file<R: Read>(
        &mut self,
        file: CarriedFile,
        open: impl FnOnce() -> io::Result<R>,
    ) -> Result<Carried, ExportError> {
        self.refuse_broken()?;
        let added = self.files.add(&mut self.target, file, open);
        self.keep(added)
    }

    /// Ends the archive: writes the list of content files, the manifest and, last of all, the signature.
    ///
    /// `sequence` is a number that this server never gave to an archive it finished, and higher than those it gave.
    ///
    /// # Errors
    /// [`ExportError`]; the archive is then not there, and the export can be begun again.
    pub fn finish(self, key: &SigningKey, sequence: u64, made_at: Timestamp) -> Result<Manifest, ExportError> {
        self.refuse_broken()?;
        let Self { mut target, plan, metadata, decisions, locations, lists, files, mut carries, handovers, .. } = self;
        let contents = files.into_carried();
        carries.files = contents.len() as u64;
        carries.file_bytes = contents.values().map(|content| content.size).sum();
        let mut listed = StreamWriter::new(StreamKind::Contents, &target, Vec::new())?;
        for content in contents.values() {
            listed.push(&mut target, content, || format!("content file {}", content.sha256))?;
        }
        let metadata = metadata.finish(&mut target)?;
        let decisions = decisions.finish(&mut target)?;
        let decisions = plan.decisions.then_some(decisions);
        let locations = locations.finish(&mut target)?;
        let lists = lists.finish(&mut target)?;
        let lists = (carries.lists > 0).then_some(lists);
        let streams = Streams { metadata, decisions, locations, lists, contents: listed.finish(&mut target)? };
        let (whole, names) = whole_of(&streams, contents.values(), target.part_bytes_max);
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            version: FORMAT_VERSION,
            server: plan.server,
            sequence,
            follows: plan.follows,
            made_at,
            mark: plan.mark,
            needs: plan.needs,
            part_bytes_max: target.part_bytes_max,
            carries,
            streams,
            whole,
        };
        let bytes = manifest.to_bytes();
        // What would not be read is not written.
        Manifest::parse(&bytes).map_err(|source| ExportError::Manifest { archive: target.folder.clone(), source })?;
        strays::remove(&target, &names)?;
        strays::sync_folders(&target, &names)?;
        if let Some(keys) = handovers.to_bytes() {
            target.write_whole(HANDOVERS_NAME, &keys)?;
        }
        target.write_whole(MANIFEST_NAME, &bytes)?;
        target.write_whole(SIGNATURE_NAME, &signature::sign(key, &bytes))?;
        // From here on the archive is there. A journal that stays does no harm.
        let _ = target.medium.remove(&target.folder.join(JOURNAL_NAME));
        Ok(manifest)
    }

    fn refuse_broken(&self) -> Result<(), ExportError> {
        if self.broken { Err(ExportError::Broken { archive: self.target.folder.clone() }) } else { Ok(()) }
    }

    /// After an error that is not of one item, bytes may be missing: nothing more is taken.
    fn keep<T>(&mut self, result: Result<T, ExportError>) -> Result<T, ExportError> {
        self.broken |= result.as_ref().is_err_and(|error| !error.is_of_one_item());
        result
    }
}

/// The digest of the whole archive, and the names of all its parts.
fn whole_of<'content>(
    streams: &Streams,
    contents: impl Iterator<Item = &'content Content>,
    part_bytes_max: u64,
) -> (Sha256, HashSet<PartName>) {
    let mut whole = Whole::default();
    let mut names = HashSet::new();
    let mut add = |part: &Part| {
        whole.add(part);
        names.insert(part.name);
    };
    streams.all().flat_map(|stream| &stream.parts).for_each(&mut add);
    contents.for_each(|content| content.parts(part_bytes_max).for_each(|part| add(&part)));
    (whole.finish(), names)
}

impl Carries {
    pub(crate) fn count_decision(&mut self, decision: &Decision) {
        *match decision {
            Decision::Group(_) => &mut self.groups,
            Decision::Approval(_) => &mut self.approvals,
            Decision::Decline { .. } => &mut self.declines,
            Decision::Eula { .. } => &mut self.eulas,
        } += 1;
    }

    pub(crate) fn count_location(&mut self, location: &Location) {
        *match location {
            Location::Url { .. } => &mut self.locations,
            Location::Key { .. } => &mut self.keys,
        } += 1;
    }
}

impl Content {
    /// The parts it lies in.
    pub(crate) fn parts(&self, part_bytes_max: u64) -> impl Iterator<Item = Part> {
        layout::parts(&self.file(), part_bytes_max).enumerate().map(|(index, (name, size))| {
            // INVARIANT: there are as many digests as pieces, or none when there is one, which was checked when it came.
            Part { name, size, sha256: self.pieces.get(index).copied().unwrap_or(self.sha256) }
        })
    }
}
