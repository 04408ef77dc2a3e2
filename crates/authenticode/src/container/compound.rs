//! Compound files ([MS-CFB]), read so strictly that every byte has exactly one owner.
//!
//! What no stream owns has to be empty: the digest of an installer database is over its streams only, and appended or
//! hidden bytes made such files into programs of another kind (CVE-2020-1464).

mod directory;
mod sectors;

use std::io;

use crate::container::source::Source;
use crate::container::{u16_at, u32_at};
use crate::fault::{Fault, Stop};
use crate::limits::MSI_SECTORS_MAX;
use crate::reason::Reason;

pub(crate) use self::directory::{Entry, Kind};
use self::sectors::{Chain, Fat};

/// Length of the header, whatever the length of sectors.
const HEADER_BYTES: usize = 512;
/// Length of a sector of the mini stream.
const MINI_BYTES: u64 = 64;
/// Streams below this length lie in the mini stream.
const MINI_CUTOFF: u64 = 4096;
/// How many bytes of a stream are read at once.
const READ_BYTES: usize = 64 << 10;

/// The end of a chain.
const END: u32 = 0xffff_fffe;
/// Nothing, in the header and the directory.
const NONE: u32 = 0xffff_ffff;

/// An opened compound file.
pub(crate) struct Compound {
    sector_bytes: u64,
    fat: Fat,
    mini_fat: Vec<u32>,
    /// The sectors of the mini stream.
    mini_stream: Chain,
    mini_bytes: u64,
    pub(crate) root: Entry,
}

/// The fields of the header that matter.
struct Header {
    sector_bytes: u64,
    directory: u32,
    mini_fat: u32,
    mini_fat_sectors: u32,
}

impl Compound {
    /// Reads all structures, and looks that they own every sector once.
    pub(crate) fn read(source: &mut Source<'_>) -> Result<Self, Stop> {
        let bytes = source.up_to(0, HEADER_BYTES)?;
        let header = header(&bytes)?;
        let sectors = sector_count(source.size, header.sector_bytes)?;
        let mut fat = Fat::read(source, &bytes, header.sector_bytes, sectors)?;

        let directory = fat.take_chain(header.directory, None)?;
        let mini_fat_chain = fat.take_chain(header.mini_fat, Some(u64::from(header.mini_fat_sectors)))?;
        let root = directory::read(source, &directory, header.sector_bytes)?;
        let mini_stream = fat.take_chain(root.start, Some(root.size.div_ceil(header.sector_bytes)))?;
        let mini_fat = mini_fat(source, &mini_fat_chain, header.sector_bytes)?;
        let mini_bytes = root.size;
        let mut file = Self { sector_bytes: header.sector_bytes, fat, mini_fat, mini_stream, mini_bytes, root };
        file.own_streams()?;
        file.fat.check_free(source)?;
        Ok(file)
    }

    /// Walks the chain of every stream, so that none shares a sector with another.
    fn own_streams(&mut self) -> Result<(), Fault> {
        let mut taken = vec![false; self.mini_fat.len()];
        let mut waiting = vec![&self.root];
        while let Some(entry) = waiting.pop() {
            waiting.extend(&entry.children);
            if entry.kind != Kind::Stream || entry.size == 0 {
                continue;
            }
            if entry.size >= MINI_CUTOFF {
                self.fat.take_chain(entry.start, Some(entry.size.div_ceil(self.sector_bytes)))?;
                continue;
            }
            for sector in mini_chain(&self.mini_fat, entry)? {
                let place =
                    taken.get_mut(sector as usize).ok_or_else(|| malformed("a mini sector that is not there"))?;
                if std::mem::replace(place, true) {
                    return Err(malformed("two streams share a mini sector"));
                }
            }
        }
        Ok(())
    }

    /// Reads a stream piece by piece.
    pub(crate) fn stream(
        &self,
        source: &mut Source<'_>,
        entry: &Entry,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Stop> {
        if entry.size == 0 {
            return Ok(());
        }
        if entry.size < MINI_CUTOFF {
            return self.mini(source, entry, take);
        }
        let chain = self.fat.chain(entry.start, Some(entry.size.div_ceil(self.sector_bytes)))?;
        chain.read(source, self.sector_bytes, entry.size, READ_BYTES, take)?;
        Ok(())
    }

    fn mini(&self, source: &mut Source<'_>, entry: &Entry, take: &mut dyn FnMut(&[u8])) -> Result<(), Stop> {
        let mut left = entry.size;
        for sector in mini_chain(&self.mini_fat, entry)? {
            let within = u64::from(sector) * MINI_BYTES;
            let length = left.min(MINI_BYTES);
            if within + length > self.mini_bytes {
                return Err(malformed("a stream reaches beyond the mini stream").into());
            }
            let at = self.mini_stream.place(within, self.sector_bytes);
            let at = at.ok_or_else(|| malformed("a stream reaches beyond the mini stream"))?;
            take(&source.exactly(at, usize::try_from(length).unwrap_or(0))?);
            left -= length;
        }
        Ok(())
    }
}

/// The mini sectors of a stream.
fn mini_chain(mini_fat: &[u32], entry: &Entry) -> Result<Vec<u32>, Fault> {
    let count = entry.size.div_ceil(MINI_BYTES);
    let mut chain = Vec::new();
    let mut next = entry.start;
    for _ in 0..count {
        chain.push(next);
        next = *mini_fat.get(next as usize).ok_or_else(|| malformed("a chain of mini sectors leads nowhere"))?;
    }
    if next == END { Ok(chain) } else { Err(malformed("a chain of mini sectors is longer than its stream")) }
}

fn mini_fat(source: &mut Source<'_>, chain: &Chain, sector_bytes: u64) -> Result<Vec<u32>, Stop> {
    let mut entries = Vec::new();
    let length = chain.len() as u64 * sector_bytes;
    chain.read(source, sector_bytes, length, READ_BYTES, &mut |bytes| {
        entries.extend(bytes.chunks_exact(4).filter_map(|entry| u32_at(entry, 0)));
    })?;
    Ok(entries)
}

fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let short = |at| u16_at(bytes, at).ok_or_else(|| malformed("the header is cut short"));
    let word = |at| u32_at(bytes, at).ok_or_else(|| malformed("the header is cut short"));
    let sector_bytes = match (short(26)?, short(30)?) {
        (3, 9) => 512,
        (4, 12) => 4096,
        (version, shift) => return Err(malformed(format!("version {version} with sectors of 2^{shift} bytes"))),
    };
    let is_usual = short(28)? == 0xfffe && short(32)? == 6 && u64::from(word(56)?) == MINI_CUTOFF;
    if !is_usual || bytes.get(8..24).is_none_or(|class| class.iter().any(|byte| *byte != 0)) {
        return Err(malformed("the header is not as it has to be"));
    }
    Ok(Header { sector_bytes, directory: word(48)?, mini_fat: word(60)?, mini_fat_sectors: word(64)? })
}

/// How many sectors follow the header, which takes the place of one.
fn sector_count(size: u64, sector_bytes: u64) -> Result<u32, Fault> {
    if !size.is_multiple_of(sector_bytes) || size < 2 * sector_bytes {
        return Err(malformed("the file does not end with a whole sector: bytes were appended or cut off"));
    }
    let count = u32::try_from(size / sector_bytes - 1).ok().filter(|count| *count <= MSI_SECTORS_MAX);
    count.ok_or_else(|| Fault::new(Reason::TooLarge, format!("more than {MSI_SECTORS_MAX} sectors")))
}

fn malformed(detail: impl Into<String>) -> Fault {
    Fault::new(Reason::MalformedFile, detail)
}

/// Where a sector lies in the file.
fn sector_at(sector: u32, sector_bytes: u64) -> u64 {
    (u64::from(sector) + 1) * sector_bytes
}

/// Reads one sector.
fn sector(source: &mut Source<'_>, number: u32, sector_bytes: u64) -> io::Result<Vec<u8>> {
    source.exactly(sector_at(number, sector_bytes), usize::try_from(sector_bytes).unwrap_or(0))
}
