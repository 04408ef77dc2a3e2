//! What a file shows by itself: whether its signatures are right and cover it. Who may sign is asked later (`judge`).

mod record;
mod signature;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use model::{Sha1, Sha256};
use serde::{Deserialize, Serialize};

use crate::algorithm::DigestAlgorithm;
use crate::container::cabinet::Cabinet;
use crate::container::catalog::{self, Member};
use crate::container::image::{self, Image};
use crate::container::installer::Installer;
use crate::container::pass::{self, Lane, Segment, Whole};
use crate::container::source::Source;
use crate::container::{MAGIC_BYTES, form};
use crate::der::Oid;
use crate::fault::{Fault, Stop};
use crate::limits::CATALOG_BYTES_MAX;
use crate::oid;
use crate::policy::Form;
use crate::reason::Reason;

pub(crate) use self::signature::Signature;

/// What a file shows by itself. It does not depend on time or policy, so that it can be kept with the file's digest
/// ([`Examination::encode`]).
#[derive(Debug, Serialize, Deserialize)]
pub struct Examination {
    pub(crate) form: Option<Form>,
    pub(crate) size: u64,
    pub(crate) sha1: Sha1,
    pub(crate) sha256: Sha256,
    /// What is wrong, whatever the policy: with the file, or with the signature at that position.
    pub(crate) faults: Vec<(Option<String>, Fault)>,
    /// Independent signatures, before nested ones are counted.
    pub(crate) tables: usize,
    pub(crate) signatures: Vec<Signature>,
    #[serde(skip)]
    members: Vec<Member>,
}

impl Examination {
    /// Form of the file; none if it is of no form that can be verified.
    pub fn form(&self) -> Option<Form> {
        self.form
    }

    /// Length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-1 of the whole file: its name among clients.
    pub fn sha1(&self) -> Sha1 {
        self.sha1
    }

    /// SHA-256 of the whole file.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// The files that a catalog vouches for, if its own verdict is good; none for files of other forms, and none of what was kept.
    pub fn members(&self) -> &[Member] {
        &self.members
    }
}

/// Examines a file: reads it once, structures aside, and keeps nothing of it but its signatures. An installer database is read
/// twice, because what its signature covers lies in the order of its streams. Nobody may write to the file meanwhile: what is read
/// twice would be judged as it was and named by what it became.
///
/// # Errors
/// Only those of `reader`: whatever the bytes are, what is wrong with them is part of the answer.
pub fn examine<R: Read + Seek>(reader: &mut R) -> io::Result<Examination> {
    look(reader, None)
}

/// The same for a file whose digests were taken a moment ago, while it came: they are not taken again.
///
/// # Errors
/// Those of [`examine`].
pub fn examine_digested<R: Read + Seek>(reader: &mut R, sha1: Sha1, sha256: Sha256) -> io::Result<Examination> {
    look(reader, Some(Whole { sha1, sha256 }))
}

fn look<R: Read + Seek>(reader: &mut R, known: Option<Whole>) -> io::Result<Examination> {
    let mut source = Source::new(reader)?;
    let start = source.up_to(0, MAGIC_BYTES)?;
    let mut draft = Draft { known, ..Draft::default() };
    match draft.fill(&mut source, &start) {
        Ok(()) => {}
        Err(Stop::Fault(fault)) => draft.faults.push((None, fault)),
        Err(Stop::Io(error)) => return Err(error),
    }
    let whole = match draft.whole.take() {
        Some(whole) => whole,
        None => pass::run(&mut source, &mut [], known)?,
    };
    let Draft { form, faults, tables, signatures, members, .. } = draft;
    let Whole { sha1, sha256 } = whole;
    Ok(Examination { form, size: source.size, sha1, sha256, faults, tables, signatures, members })
}

#[derive(Default)]
struct Draft {
    known: Option<Whole>,
    form: Option<Form>,
    whole: Option<Whole>,
    faults: Vec<(Option<String>, Fault)>,
    tables: usize,
    signatures: Vec<Signature>,
    members: Vec<Member>,
}

impl Draft {
    fn fill(&mut self, source: &mut Source<'_>, start: &[u8]) -> Result<(), Stop> {
        let form = form(start)?;
        self.form = Some(form);
        match form {
            Form::Image => {
                let image = Image::read(source)?;
                let signatures = image.signatures(source)?;
                self.read_signatures(&signatures, oid::INDIRECT_DATA)?;
                self.compare(source, &image.covered(), Some(&image), oid::PE_IMAGE_DATA)
            }
            Form::Cabinet => {
                let cabinet = Cabinet::read(source)?;
                let signature = cabinet.signature(source)?;
                self.read_signatures(&[signature], oid::INDIRECT_DATA)?;
                self.compare(source, &cabinet.covered(), None, oid::CAB_DATA)
            }
            Form::Installer => self.fill_installer(source),
            Form::Catalog => self.fill_catalog(source),
        }
    }

    fn fill_installer(&mut self, source: &mut Source<'_>) -> Result<(), Stop> {
        let installer = Installer::read(source)?;
        if installer.slack_bytes() > 0 {
            let fault = Fault::new(Reason::SlackBytes, format!("{} bytes", installer.slack_bytes()));
            self.faults.push((None, fault));
        }
        let signature = installer.signature(source)?;
        self.read_signatures(&[signature], oid::INDIRECT_DATA)?;
        self.check_kinds(oid::SIP_INFO);
        let metadata = installer.metadata(source)?;
        let algorithms = self.algorithms();
        let digests = installer.digests(source, &algorithms, metadata.as_deref())?;
        self.check_digests(&algorithms, &digests);
        Ok(())
    }

    fn fill_catalog(&mut self, source: &mut Source<'_>) -> Result<(), Stop> {
        if source.size > CATALOG_BYTES_MAX {
            return Err(
                Fault::new(Reason::TooLarge, format!("a catalog of more than {CATALOG_BYTES_MAX} bytes")).into()
            );
        }
        let bytes = source.exactly(0, usize::try_from(source.size).unwrap_or(0))?;
        let (_, head, length) =
            crate::der::header(&bytes).ok_or_else(|| Fault::new(Reason::MalformedSignature, "it is not DER"))?;
        let whole = head.saturating_add(length);
        if whole < bytes.len() {
            return Err(Fault::new(Reason::TrailingBytes, format!("{} bytes", bytes.len() - whole)).into());
        }
        self.whole = Some(Whole::of(&bytes));
        self.read_signatures(std::slice::from_ref(&bytes), oid::TRUST_LIST)?;
        self.members = catalog::members(crate::cms::SignedData::read(&bytes)?.content)?;
        Ok(())
    }

    fn read_signatures(&mut self, all: &[Vec<u8>], content_type: Oid<'static>) -> Result<(), Fault> {
        self.tables = all.len();
        for (index, bytes) in all.iter().enumerate() {
            signature::read(bytes, (index + 1).to_string(), content_type, &mut self.signatures, &mut self.faults)?;
        }
        Ok(())
    }

    /// Takes all digests in one pass and compares them.
    fn compare(
        &mut self,
        source: &mut Source<'_>,
        covered: &[std::ops::Range<u64>],
        image: Option<&Image>,
        kind: Oid<'static>,
    ) -> Result<(), Stop> {
        self.check_kinds(kind);
        let algorithms = self.algorithms();
        let mut digests = vec![Vec::new(); algorithms.len()];
        let different = RefCell::new(vec![None; self.signatures.len()]);
        let mut lanes = Vec::new();
        for (algorithm, place) in algorithms.iter().zip(&mut digests) {
            let last = covered.len().saturating_sub(1);
            let segments = covered.iter().enumerate().map(move |(index, range)| Segment {
                range: range.clone(),
                padding: 0,
                is_last: index == last,
            });
            lanes.push(Lane::new(*algorithm, segments, |digest| *place = digest.to_vec()));
        }
        if let Some(image) = image {
            for (algorithm, tables) in page_tables(image, &self.signatures, &mut self.faults) {
                lanes.push(image::page_lane(image, algorithm, tables, |index, offset| {
                    if let Some(place) = different.borrow_mut().get_mut(index) {
                        place.get_or_insert(offset);
                    }
                }));
            }
        }
        self.whole = Some(pass::run(source, &mut lanes, self.known)?);
        drop(lanes);
        for (signature, offset) in self.signatures.iter().zip(different.into_inner()) {
            if let Some(offset) = offset {
                let fault = Fault::new(Reason::PageHashMismatch, format!("the page at {offset}"));
                self.faults.push((Some(signature.position.clone()), fault));
            }
        }
        self.check_digests(&algorithms, &digests);
        Ok(())
    }

    /// The digest algorithms that signatures use, each once.
    fn algorithms(&self) -> Vec<DigestAlgorithm> {
        let mut algorithms: Vec<_> =
            self.signatures.iter().filter_map(|signature| signature.file_algorithm()).collect();
        algorithms.sort();
        algorithms.dedup();
        algorithms
    }

    /// A signature of a cabinet says nothing about an image.
    fn check_kinds(&mut self, kind: Oid<'static>) {
        for signature in &self.signatures {
            if !signature.is_about(kind) {
                let fault = Fault::new(Reason::ContentTypeMismatch, "it is about a file of another form");
                self.faults.push((Some(signature.position.clone()), fault));
            }
        }
    }

    fn check_digests(&mut self, algorithms: &[DigestAlgorithm], digests: &[Vec<u8>]) {
        for signature in &self.signatures {
            let taken =
                algorithms.iter().zip(digests).find(|(algorithm, _)| Some(**algorithm) == signature.file_algorithm());
            if let Some((_, digest)) = taken
                && !signature.has_digest(digest)
            {
                self.faults.push((Some(signature.position.clone()), Fault::new(Reason::DigestMismatch, "")));
            }
        }
    }
}

/// The tables of page digests that are of the image's pages, by algorithm, each with the place of its signature.
fn page_tables<'s>(
    image: &Image,
    signatures: &'s [Signature],
    faults: &mut Vec<(Option<String>, Fault)>,
) -> BTreeMap<DigestAlgorithm, Vec<(usize, &'s [u8])>> {
    let mut tables: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (index, signature) in signatures.iter().enumerate() {
        let Some(hashes) = signature.pages() else { continue };
        match image::check_pages(image, hashes) {
            Ok(()) => tables.entry(hashes.algorithm).or_default().push((index, hashes.table)),
            Err(fault) => faults.push((Some(signature.position.clone()), fault)),
        }
    }
    tables
}
