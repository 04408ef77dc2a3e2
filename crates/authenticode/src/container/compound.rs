//! Compound files ([MS-CFB]), read so strictly that every byte has exactly one owner.
//!
//! What no stream owns has to be empty: the digest of an installer database is over its streams only, and appended or
//! hidden bytes made such files into programs of another kind (CVE-2020-1464). The one exception is what stands behind the end of a
//! stream in its last sector: the Windows Installer leaves there what was in memory (see [`slack`]).

mod directory;
mod mini;
mod sectors;
mod slack;

use std::io;

use crate::container::source::Source;
use crate::container::{u16_at, u32_at};
use crate::fault::{Fault, Stop};
use crate::limits::MSI_SECTORS_MAX;
use crate::reason::Reason;

pub(crate) use self::directory::{Entry, Kind};
use self::mini::Mini;
use self::sectors::Fat;
use self::slack::Slack;

/// Length of the header, whatever the length of sectors.
const HEADER_BYTES: usize = 512;
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
    mini: Mini,
    pub(crate) root: Entry,
    /// Bytes behind the ends of streams that are not zero.
    pub(crate) slack_bytes: u64,
}

/// The fields of the header that matter.
struct Header {
    sector_bytes: u64,
    directory: u32,
    /// How many sectors it has; 0 in files with short sectors, which do not say.
    directory_sectors: u32,
    mini_fat: u32,
    mini_fat_sectors: u32,
}

impl Compound {
    /// Reads all structures, and looks that they own every sector once.
    pub(crate) fn read(source: &mut Source<'_>) -> Result<Self, Stop> {
        let bytes = source.up_to(0, HEADER_BYTES)?;
        let header = header(&bytes)?;
        check_rest(source, header.sector_bytes)?;
        let sectors = sector_count(source.size, header.sector_bytes)?;
        let mut fat = Fat::read(source, &bytes, header.sector_bytes, sectors)?;

        let directory = fat.take_chain(header.directory, None)?;
        header.check_directory(directory.len())?;
        let mini_fat_chain = fat.take_chain(header.mini_fat, Some(u64::from(header.mini_fat_sectors)))?;
        let root = directory::read(source, &directory, header.sector_bytes)?;
        let mini_stream = fat.take_chain(root.start, Some(root.size.div_ceil(header.sector_bytes)))?;
        let mini = Mini::read(source, &mini_fat_chain, mini_stream, root.size, header.sector_bytes)?;
        let mut file = Self { sector_bytes: header.sector_bytes, fat, mini, root, slack_bytes: 0 };
        let mut slack = Slack::default();
        file.own_streams(source, &mut slack)?;
        file.fat.check_free(source)?;
        file.mini.check(source, &mut slack)?;
        file.slack_bytes = slack.finish()?;
        Ok(file)
    }

    /// Walks the chain of every stream, so that none shares a sector with another.
    fn own_streams(&mut self, source: &mut Source<'_>, slack: &mut Slack) -> Result<(), Stop> {
        let mut waiting = vec![&self.root];
        while let Some(entry) = waiting.pop() {
            waiting.extend(&entry.children);
            if entry.kind != Kind::Stream {
                continue;
            }
            if (1..MINI_CUTOFF).contains(&entry.size) {
                self.mini.own(entry)?;
                continue;
            }
            let chain = self.fat.take_chain(entry.start, Some(entry.size.div_ceil(self.sector_bytes)))?;
            if let Some(rest) = chain.rest(entry.size, self.sector_bytes) {
                let length = usize::try_from(rest.end - rest.start).unwrap_or(0);
                slack.take(&source.exactly(rest.start, length)?);
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
            return self.mini.stream(source, entry, take);
        }
        let chain = self.fat.chain(entry.start, Some(entry.size.div_ceil(self.sector_bytes)))?;
        chain.read(source, self.sector_bytes, entry.size, READ_BYTES, take)?;
        Ok(())
    }
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
    // Its class, and what is reserved.
    let is_empty = [8..24, 34..40].into_iter().all(|range| bytes.get(range).is_some_and(is_zero));
    if !is_usual || !is_empty {
        return Err(malformed("the header is not as it has to be"));
    }
    Ok(Header {
        sector_bytes,
        directory: word(48)?,
        directory_sectors: word(40)?,
        mini_fat: word(60)?,
        mini_fat_sectors: word(64)?,
    })
}

impl Header {
    fn check_directory(&self, sectors: usize) -> Result<(), Fault> {
        let counted = if self.sector_bytes > 512 { sectors } else { 0 };
        if usize::try_from(self.directory_sectors) == Ok(counted) {
            Ok(())
        } else {
            Err(malformed("the header counts other sectors of the directory than it has"))
        }
    }
}

/// The header takes the place of a sector, and what it does not fill of a long one is nobody's.
fn check_rest(source: &mut Source<'_>, sector_bytes: u64) -> Result<(), Stop> {
    let rest = usize::try_from(sector_bytes).unwrap_or(0).saturating_sub(HEADER_BYTES);
    if is_zero(&source.up_to(HEADER_BYTES as u64, rest)?) {
        Ok(())
    } else {
        Err(Fault::new(Reason::UnaccountedBytes, "bytes stand behind the header").into())
    }
}

/// How many sectors follow the header, which takes the place of one.
fn sector_count(size: u64, sector_bytes: u64) -> Result<u32, Fault> {
    if !size.is_multiple_of(sector_bytes) || size < 2 * sector_bytes {
        return Err(malformed("the file does not end with a whole sector: bytes were appended or cut off"));
    }
    let count = u32::try_from(size / sector_bytes - 1).ok().filter(|count| *count <= MSI_SECTORS_MAX);
    count.ok_or_else(|| Fault::new(Reason::TooLarge, format!("more than {MSI_SECTORS_MAX} sectors")))
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
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
