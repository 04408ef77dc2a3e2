//! A small estate, and archives of it.

use std::io::{self, Cursor, Read as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{
    ApprovalAction, ChangeMark, Group, RevisionNumber, Sha1, TargetGroupId, Timestamp, UpdateId, UpdateIdentity,
};
use trust::{DigestBoth, SigningKey};
use uuid::Uuid;

use super::failing::Failing;
use crate::export::medium::Medium;
use crate::{
    Archive, Base, CarriedApproval, CarriedFile, CarriedList, Decision, Document, Export, ExportError, Link, Location,
    Manifest, OpenError, Plan, ReadError, Server, Split, Verified,
};

pub(crate) const PARIS: Uuid = Uuid::from_u128(0x1111);

/// What a server has, and what an archive carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Estate {
    pub(crate) documents: Vec<Document>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) locations: Vec<Location>,
    pub(crate) lists: Vec<CarriedList>,
    pub(crate) files: Vec<Vec<u8>>,
}

pub(crate) fn identity(number: u32) -> UpdateIdentity {
    UpdateIdentity {
        update_id: UpdateId(Uuid::from_u128(number.into())),
        revision_number: RevisionNumber::new(200).unwrap(),
    }
}

pub(crate) fn document(number: u32, body: impl Into<Vec<u8>>) -> Document {
    Document { identity: identity(number), body: body.into() }
}

/// Bytes that do not compress, another sequence for each `seed`.
pub(crate) fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = u64::from(seed) * 2 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

impl Estate {
    /// One or two of everything, a few bytes each.
    pub(crate) fn small() -> Self {
        let group = TargetGroupId(Uuid::from_u128(5));
        let update_id = identity(1).update_id;
        Self {
            documents: vec![document(1, "<Update>one</Update>"), document(2, "<Update>two</Update>")],
            decisions: vec![
                Decision::Group(Group {
                    id: group,
                    name: "Pilot".parse().unwrap(),
                    parent: Some(TargetGroupId::ALL_COMPUTERS),
                }),
                Decision::Approval(CarriedApproval {
                    update_id,
                    group,
                    action: ApprovalAction::Install,
                    deadline: Some(Timestamp::from_second(90_000).unwrap()),
                    changed_at: Timestamp::from_second(80_000).unwrap(),
                }),
                Decision::Decline { update_id: identity(2).update_id },
                Decision::Eula { eula_id: Uuid::from_u128(9), accepted_at: Timestamp::from_second(70_000).unwrap() },
            ],
            locations: vec![
                Location::Url { sha1: Sha1::new([1; 20]), url: "http://download.example/one.cab".to_owned() },
                Location::Key { sha1: Sha1::new([2; 20]), key: vec![7; 32] },
            ],
            lists: vec![CarriedList {
                address: "http://lists.example/one.crl".to_owned(),
                authority: "One".to_owned(),
                authority_key: vec![3; 91],
                list: vec![4; 500],
            }],
            files: vec![b"a content file".to_vec(), Vec::new()],
        }
    }

    /// What makes several parts of 64 KiB: documents in three, a file in three.
    pub(crate) fn in_parts() -> Self {
        let mut estate = Self::small();
        estate.documents.extend([document(3, noise(3, 100_000)), document(4, noise(4, 50_000))]);
        estate.files.extend([noise(5, 150_000), noise(6, 61_440), noise(7, 61_441)]);
        estate
    }

    /// Files in order of SHA-256, as archives give them.
    pub(crate) fn sorted(mut self) -> Self {
        self.files.sort_by_key(|bytes| carried(bytes).sha256);
        self
    }
}

pub(crate) fn carried(bytes: &[u8]) -> CarriedFile {
    let mut digests = DigestBoth::new();
    digests.update(bytes);
    let (sha1, sha256, size) = digests.finish();
    CarriedFile { sha256, sha1, size }
}

pub(crate) fn plan() -> Plan {
    Plan {
        server: Server { id: PARIS, name: "Paris".to_owned().try_into().unwrap() },
        mark: ChangeMark(42),
        follows: None,
        needs: None,
        decisions: true,
        split: Split::below(64 << 10).unwrap(),
    }
}

/// A folder with an archive in it.
pub(crate) struct Exported {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) key: SigningKey,
    pub(crate) manifest: Manifest,
}

impl Exported {
    pub(crate) fn of(estate: &Estate) -> Self {
        Self::with(estate, plan(), 7)
    }

    pub(crate) fn with(estate: &Estate, plan: Plan, sequence: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::generate();
        let manifest = export_on(Failing::never(), folder.path(), plan, estate, &key, sequence).unwrap();
        Self { folder, key, manifest }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn open(&self) -> Result<Archive, OpenError> {
        self.open_after(&[])
    }

    pub(crate) fn open_after(&self, imported: &[Link]) -> Result<Archive, OpenError> {
        let trusted = [self.key.verifying_key().fingerprint()];
        Archive::open(&[self.folder.path().to_owned()], &trusted, imported)
    }

    /// What opening and verifying says: every message of the chain, joined as a log would.
    pub(crate) fn refusal(&self) -> String {
        match self.open() {
            Err(error) => chain(&error),
            Ok(archive) => chain(&verify(archive).err().expect("the archive is not refused")),
        }
    }
}

pub(crate) fn export_on(
    medium: Arc<dyn Medium>,
    folder: &Path,
    plan: Plan,
    estate: &Estate,
    key: &SigningKey,
    sequence: u64,
) -> Result<Manifest, ExportError> {
    let decisions = plan.decisions;
    let mut export = Export::begin_on(medium, folder, plan)?;
    for document in &estate.documents {
        export.document(document)?;
    }
    for decision in estate.decisions.iter().filter(|_| decisions) {
        export.decision(decision)?;
    }
    for location in &estate.locations {
        export.location(location)?;
    }
    for list in &estate.lists {
        export.list(list)?;
    }
    for bytes in &estate.files {
        export.file(carried(bytes), || Ok(Cursor::new(bytes)))?;
    }
    export.finish(key, sequence, Timestamp::from_second(100_000).unwrap())
}

pub(crate) fn verify(archive: Archive) -> Result<Verified, ReadError> {
    archive.verify(|_| ControlFlow::Continue(()))
}

/// All that an archive carries.
pub(crate) fn read(verified: &Verified) -> Result<Estate, ReadError> {
    let decisions = verified.decisions()?.map(|decisions| decisions.collect()).transpose()?.unwrap_or_default();
    let files = verified.archive().files().map(|file| read_file(verified, &file).unwrap());
    Ok(Estate {
        documents: verified.documents()?.collect::<Result<_, _>>()?,
        decisions,
        locations: verified.locations()?.collect::<Result<_, _>>()?,
        lists: verified.lists()?.collect::<Result<_, _>>()?,
        files: files.collect(),
    })
}

pub(crate) fn read_file(verified: &Verified, file: &CarriedFile) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    verified.open_file(&file.sha256).map_err(io::Error::other)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn base(exported: &Exported) -> Base {
    Base { sequence: exported.manifest.sequence, manifest: exported.manifest.digest() }
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Every file below `folder`, by its path from there, in order.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in std::fs::read_dir(&below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
