//! The directory: storages and streams as a tree.

use std::ops::Range;

use crate::container::compound::sectors::Chain;
use crate::container::compound::{END, NONE, READ_BYTES, is_zero, malformed};
use crate::container::source::Source;
use crate::container::{u16_at, u32_at};
use crate::fault::{Fault, Stop};
use crate::limits::{MSI_DEPTH_MAX, MSI_ENTRIES_MAX};
use crate::reason::Reason;

/// Length of an entry.
const ENTRY_BYTES: usize = 128;
/// Longest name, with the zero behind.
const NAME_BYTES_MAX: usize = 64;

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Root,
    Storage,
    Stream,
}

/// A storage or a stream.
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// UTF-16LE, without the zero behind.
    pub(crate) name: Vec<u8>,
    /// The fields that the digest of metadata takes as they stood.
    pub(crate) class: [u8; 16],
    pub(crate) state: [u8; 4],
    pub(crate) times: [u8; 16],
    pub(super) start: u32,
    pub(crate) size: u64,
    /// In the order of their names' bytes, which is the order of all digests.
    pub(crate) children: Vec<Entry>,
}

/// An entry as it stood.
struct Raw<'a>(&'a [u8]);

/// Reads the tree from the root.
pub(super) fn read(source: &mut Source<'_>, chain: &Chain, sector_bytes: u64) -> Result<Entry, Stop> {
    if chain.len() as u64 * sector_bytes > (MSI_ENTRIES_MAX * ENTRY_BYTES) as u64 {
        return Err(Fault::new(Reason::TooLarge, format!("more than {MSI_ENTRIES_MAX} streams")).into());
    }
    let mut bytes = Vec::new();
    let length = chain.len() as u64 * sector_bytes;
    chain.read(source, sector_bytes, length, READ_BYTES, &mut |part| bytes.extend_from_slice(part))?;
    let is_large = sector_bytes > 512;
    let mut tree = Tree { entries: bytes.chunks_exact(ENTRY_BYTES).map(Raw).collect(), seen: Vec::new(), is_large };
    tree.seen = vec![false; tree.entries.len()];
    let root = tree.entry(0, 0)?;
    if root.kind != Kind::Root {
        return Err(malformed("the directory does not begin with its root").into());
    }
    tree.check_unused()?;
    Ok(root)
}

struct Tree<'a> {
    entries: Vec<Raw<'a>>,
    seen: Vec<bool>,
    /// Whether sizes have 64 bits.
    is_large: bool,
}

impl Tree<'_> {
    /// Reads an entry with all below it; each is met once.
    fn entry(&mut self, index: u32, depth: usize) -> Result<Entry, Fault> {
        if depth > MSI_DEPTH_MAX {
            return Err(Fault::new(Reason::TooLarge, format!("storages more than {MSI_DEPTH_MAX} deep")));
        }
        let (mut entry, child) = self.visit(index)?;
        if entry.kind == Kind::Stream {
            return if child == NONE { Ok(entry) } else { Err(malformed("a stream with something below it")) };
        }
        // The children are a binary tree, whose order means nothing here.
        let mut waiting = vec![child];
        while let Some(index) = waiting.pop() {
            if index == NONE {
                continue;
            }
            let raw = self.entries.get(index as usize).ok_or_else(|| malformed("an entry that is not there"))?;
            waiting.extend([raw.word(68), raw.word(72)]);
            let child = self.entry(index, depth + 1)?;
            if child.kind == Kind::Root {
                return Err(malformed("a second root"));
            }
            entry.children.push(child);
        }
        entry.children.sort_by(|a, b| a.name.cmp(&b.name));
        if entry.children.windows(2).any(|pair| matches!(pair, [a, b] if a.name == b.name)) {
            return Err(malformed("two entries of one name"));
        }
        Ok(entry)
    }

    /// What is in no tree has to be empty, as nothing would cover it.
    fn check_unused(&self) -> Result<(), Fault> {
        let unused = self.entries.iter().zip(&self.seen).enumerate().filter(|(_, (_, seen))| !**seen);
        for (index, (raw, _)) in unused {
            if !raw.is_unused() {
                return Err(Fault::new(
                    Reason::UnaccountedBytes,
                    format!("entry {index} of the directory is in no tree"),
                ));
            }
        }
        Ok(())
    }

    fn visit(&mut self, index: u32) -> Result<(Entry, u32), Fault> {
        let not_there = || malformed("an entry that is not there");
        let seen = self.seen.get_mut(index as usize).ok_or_else(not_there)?;
        if std::mem::replace(seen, true) {
            return Err(malformed("an entry is in two places"));
        }
        let raw = self.entries.get(index as usize).ok_or_else(not_there)?;
        Ok((raw.read(self.is_large)?, raw.word(76)))
    }
}

impl Raw<'_> {
    fn word(&self, at: usize) -> u32 {
        u32_at(self.0, at).unwrap_or(NONE)
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0.get(at..).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or([0; N])
    }

    fn is_empty(&self, range: Range<usize>) -> bool {
        self.0.get(range).is_some_and(is_zero)
    }

    /// Empty, but for the three neighbours, which are named as being none ([MS-CFB] 2.6.3) or not at all.
    fn is_unused(&self) -> bool {
        let neighbours = [68, 72, 76].into_iter().all(|at| matches!(self.word(at), 0 | NONE));
        neighbours && self.has_colour() && self.is_empty(0..67) && self.is_empty(80..ENTRY_BYTES)
    }

    /// The fields that say nothing of such an entry, and are under no digest.
    fn has_empty_fields(&self, kind: Kind, name_bytes: usize) -> bool {
        let own = match kind {
            // A class is a storage's.
            Kind::Stream => self.is_empty(80..96),
            // It begins nowhere.
            Kind::Storage => matches!(self.word(116), 0 | END | NONE) && self.is_empty(120..ENTRY_BYTES),
            Kind::Root => true,
        };
        own && self.has_colour() && self.is_empty(name_bytes..NAME_BYTES_MAX)
    }

    /// Red or black: the tree's balance, which means nothing here.
    fn has_colour(&self) -> bool {
        matches!(self.0.get(67), Some(0 | 1))
    }

    fn read(&self, is_large: bool) -> Result<Entry, Fault> {
        let kind = match self.0.get(66) {
            Some(1) => Kind::Storage,
            Some(2) => Kind::Stream,
            Some(5) => Kind::Root,
            _ => return Err(malformed("an entry of unknown kind")),
        };
        let length = usize::from(u16_at(self.0, 64).unwrap_or(0));
        let name = match length {
            2..=NAME_BYTES_MAX if length % 2 == 0 => self.0.get(..length - 2).unwrap_or_default(),
            _ => return Err(malformed("a name of impossible length")),
        };
        if !self.has_empty_fields(kind, name.len()) {
            return Err(Fault::new(Reason::UnaccountedBytes, "fields of an entry are filled that have to be empty"));
        }
        let (low, high) = (u64::from(self.word(120)), u64::from(self.word(124)));
        // Files with short sectors have sizes of 32 bits, and older writers left the rest undefined ([MS-CFB] 2.6.3).
        let size = if is_large { high << 32 | low } else { low };
        Ok(Entry {
            kind,
            name: name.to_vec(),
            class: self.array(80),
            state: self.array(96),
            times: self.array(100),
            start: self.word(116),
            size: if kind == Kind::Storage { 0 } else { size },
            children: Vec::new(),
        })
    }
}
