//! Sectors: which follows which, and who owns each.

use std::io;
use std::ops::Range;

use crate::container::compound::{END, NONE, malformed, sector, sector_at};
use crate::container::source::Source;
use crate::container::u32_at;
use crate::fault::{Fault, Stop};
use crate::reason::Reason;

/// An entry of the FAT for a sector that holds entries of the FAT.
const FAT_SECTOR: u32 = 0xffff_fffd;
/// The same for one that says where those are.
const DIFAT_SECTOR: u32 = 0xffff_fffc;
/// A free sector.
const FREE: u32 = 0xffff_ffff;
/// How many sectors of the FAT the header names.
const HEADER_DIFAT: usize = 109;

/// The file allocation table.
pub(super) struct Fat {
    next: Vec<u32>,
    owned: Vec<bool>,
    sector_bytes: u64,
}

/// The sectors of a stream, in order.
pub(super) struct Chain(Vec<u32>);

impl Fat {
    /// Reads the FAT of a file with so many sectors.
    pub(super) fn read(source: &mut Source<'_>, header: &[u8], sector_bytes: u64, sectors: u32) -> Result<Self, Stop> {
        let count = u32_at(header, 44).unwrap_or(0);
        let per_sector = u32::try_from(sector_bytes / 4).unwrap_or(1);
        // There are as many as all sectors need; an excess would be a place to hide in, and a cause of work.
        if count > sectors.div_ceil(per_sector) + 1 {
            return Err(malformed("the allocation table is larger than the file").into());
        }
        let (places, difat_sectors) = difat(source, header, sector_bytes, sectors, count)?;
        let mut fat = Self { next: Vec::new(), owned: vec![false; sectors as usize], sector_bytes };
        for place in &places {
            let bytes = sector(source, *place, sector_bytes)?;
            fat.next.extend(bytes.chunks_exact(4).filter_map(|entry| u32_at(entry, 0)));
        }
        for (places, mark) in [(places, FAT_SECTOR), (difat_sectors, DIFAT_SECTOR)] {
            for place in places {
                if fat.next.get(place as usize) != Some(&mark) {
                    return Err(malformed("the allocation table does not own its own sectors").into());
                }
                fat.own(place)?;
            }
        }
        // The table may be longer than the file, but not shorter, and has nothing to say of what is not there.
        let (here, beyond) = fat
            .next
            .split_at_checked(sectors as usize)
            .ok_or_else(|| malformed("the allocation table is too short: bytes were appended"))?;
        if beyond.iter().any(|entry| *entry != FREE) {
            return Err(malformed("the allocation table names sectors that are not there: the file was cut off").into());
        }
        fat.next = here.to_vec();
        Ok(fat)
    }

    /// The chain that begins at `start`, of `length` sectors if that is known. No chain has more sectors than the file.
    pub(super) fn chain(&self, start: u32, length: Option<u64>) -> Result<Chain, Fault> {
        let mut chain = Vec::new();
        let mut at = start;
        if length == Some(0) {
            return if matches!(start, END | NONE | 0) {
                Ok(Chain(chain))
            } else {
                Err(malformed("nothing begins somewhere"))
            };
        }
        while at != END {
            let next = *self.next.get(at as usize).ok_or_else(|| malformed("a chain of sectors leads nowhere"))?;
            if chain.len() >= self.next.len() || length == Some(chain.len() as u64) {
                return Err(malformed("a chain of sectors is longer than what it holds"));
            }
            chain.push(at);
            at = next;
        }
        if length.is_some_and(|length| length != chain.len() as u64) {
            return Err(malformed("a chain of sectors is shorter than what it holds"));
        }
        Ok(Chain(chain))
    }

    /// The same, and owns its sectors.
    pub(super) fn take_chain(&mut self, start: u32, length: Option<u64>) -> Result<Chain, Fault> {
        let chain = self.chain(start, length)?;
        for sector in &chain.0 {
            self.own(*sector)?;
        }
        Ok(chain)
    }

    fn own(&mut self, sector: u32) -> Result<(), Fault> {
        let owned = self.owned.get_mut(sector as usize).ok_or_else(|| malformed("a sector that is not there"))?;
        if std::mem::replace(owned, true) { Err(malformed("a sector has two owners")) } else { Ok(()) }
    }

    /// What nobody owns has to be free, and empty.
    pub(super) fn check_free(&self, source: &mut Source<'_>) -> Result<(), Stop> {
        for (number, (owned, next)) in (0_u32..).zip(self.owned.iter().zip(&self.next)) {
            if *owned {
                continue;
            }
            if *next != FREE || sector(source, number, self.sector_bytes)?.iter().any(|byte| *byte != 0) {
                return Err(Fault::new(Reason::UnaccountedBytes, format!("sector {number} belongs to nothing")).into());
            }
        }
        Ok(())
    }
}

/// The places of the FAT's sectors, and those that say so beyond the header.
fn difat(
    source: &mut Source<'_>,
    header: &[u8],
    sector_bytes: u64,
    sectors: u32,
    count: u32,
) -> Result<(Vec<u32>, Vec<u32>), Stop> {
    let mut places: Vec<u32> = (0..HEADER_DIFAT).filter_map(|index| u32_at(header, 76 + 4 * index)).collect();
    // There are as many as name what the header does not; the last entry of each names the next.
    let beyond_header = u64::from(count).saturating_sub(HEADER_DIFAT as u64);
    let needed = usize::try_from(beyond_header.div_ceil(sector_bytes / 4 - 1)).unwrap_or(0);
    if u32_at(header, 72).map(u64::from) != Some(needed as u64) {
        return Err(malformed("the header counts other sectors of the allocation table's list than it needs").into());
    }
    let mut own = Vec::new();
    let mut next = u32_at(header, 68).unwrap_or(END);
    while next != END && next != NONE {
        if next >= sectors || own.len() == needed {
            return Err(malformed("the list of the allocation table's sectors leads nowhere").into());
        }
        own.push(next);
        let bytes = sector(source, next, sector_bytes)?;
        let (list, last) = bytes.split_at_checked(bytes.len().saturating_sub(4)).unwrap_or_default();
        places.extend(list.chunks_exact(4).filter_map(|entry| u32_at(entry, 0)));
        next = u32_at(last, 0).unwrap_or(END);
    }
    let unused = places.split_off((count as usize).min(places.len()));
    if places.len() != count as usize || unused.iter().any(|place| *place != FREE) {
        return Err(malformed("the header counts other sectors of the allocation table than it names").into());
    }
    if places.iter().any(|place| *place >= sectors) {
        return Err(malformed("the allocation table lies behind the end: the file was cut off").into());
    }
    Ok((places, own))
}

impl Chain {
    #[cfg(test)]
    pub(super) fn of(sectors: Vec<u32>) -> Self {
        Self(sectors)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where in the file a place of the stream lies.
    pub(super) fn place(&self, within: u64, sector_bytes: u64) -> Option<u64> {
        let sector = self.0.get(usize::try_from(within / sector_bytes).ok()?)?;
        Some(sector_at(*sector, sector_bytes) + within % sector_bytes)
    }

    /// Where in the file the rest of the last sector lies that a stream of `length` bytes leaves; none if it fills it.
    pub(super) fn rest(&self, length: u64, sector_bytes: u64) -> Option<Range<u64>> {
        let last = sector_at(*self.0.last()?, sector_bytes);
        let filled = length % sector_bytes;
        (filled != 0).then_some(last + filled..last + sector_bytes)
    }

    /// Reads `length` bytes, neighbouring sectors at once.
    pub(super) fn read(
        &self,
        source: &mut Source<'_>,
        sector_bytes: u64,
        length: u64,
        at_once: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        let mut left = length;
        let mut sectors = self.0.as_slice();
        while let Some(first) = sectors.first() {
            let most = (at_once as u64 / sector_bytes).max(1);
            let neighbours =
                (0_u32..).zip(sectors).take_while(|(index, sector)| first.checked_add(*index) == Some(**sector));
            let run = neighbours.count().min(usize::try_from(most).unwrap_or(1));
            let bytes = left.min(run as u64 * sector_bytes);
            take(&source.exactly(sector_at(*first, sector_bytes), usize::try_from(bytes).unwrap_or(0))?);
            left -= bytes;
            sectors = sectors.get(run..).unwrap_or_default();
        }
        Ok(())
    }
}
