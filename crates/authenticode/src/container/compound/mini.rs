//! The mini stream, in whose sectors of 64 bytes short streams lie.

use crate::container::compound::sectors::Chain;
use crate::container::compound::slack::Slack;
use crate::container::compound::{END, Entry, NONE, READ_BYTES, is_zero, malformed};
use crate::container::source::Source;
use crate::container::u32_at;
use crate::fault::{Fault, Stop};
use crate::limits::MSI_MINI_SECTORS_MAX;
use crate::reason::Reason;

/// Length of a sector of the mini stream.
const MINI_BYTES: u64 = 64;

/// The mini stream, its allocation table, and who owns what of it.
pub(super) struct Mini {
    next: Vec<u32>,
    /// How many bytes of each sector are a stream's; none if nobody owns it.
    owned: Vec<Option<u8>>,
    stream: Chain,
    bytes: u64,
    sector_bytes: u64,
}

impl Mini {
    /// Reads the table that lies in the sectors of `table`.
    pub(super) fn read(
        source: &mut Source<'_>,
        table: &Chain,
        stream: Chain,
        bytes: u64,
        sector_bytes: u64,
    ) -> Result<Self, Stop> {
        let length = table.len() as u64 * sector_bytes;
        let most = MSI_MINI_SECTORS_MAX as u64;
        if length / 4 > most || bytes > most * MINI_BYTES {
            return Err(Fault::new(Reason::TooLarge, format!("more than {most} mini sectors")).into());
        }
        let mut next = Vec::new();
        table.read(source, sector_bytes, length, READ_BYTES, &mut |bytes| {
            next.extend(bytes.chunks_exact(4).filter_map(|entry| u32_at(entry, 0)));
        })?;
        let owned = vec![None; next.len()];
        Ok(Self { next, owned, stream, bytes, sector_bytes })
    }

    /// Walks the chain of a stream and owns its sectors.
    pub(super) fn own(&mut self, entry: &Entry) -> Result<(), Fault> {
        let mut left = entry.size;
        for sector in self.chain(entry)? {
            let part = left.min(MINI_BYTES);
            left -= part;
            let place =
                self.owned.get_mut(sector as usize).ok_or_else(|| malformed("a mini sector that is not there"))?;
            if place.replace(u8::try_from(part).unwrap_or(0)).is_some() {
                return Err(malformed("two streams share a mini sector"));
            }
        }
        Ok(())
    }

    /// The mini sectors of a stream.
    fn chain(&self, entry: &Entry) -> Result<Vec<u32>, Fault> {
        let count = entry.size.div_ceil(MINI_BYTES);
        let mut chain = Vec::new();
        let mut next = entry.start;
        for _ in 0..count {
            chain.push(next);
            next = *self.next.get(next as usize).ok_or_else(|| malformed("a chain of mini sectors leads nowhere"))?;
        }
        if next == END { Ok(chain) } else { Err(malformed("a chain of mini sectors is longer than its stream")) }
    }

    /// Reads a stream piece by piece.
    pub(super) fn stream(
        &self,
        source: &mut Source<'_>,
        entry: &Entry,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Stop> {
        let mut left = entry.size;
        for sector in self.chain(entry)? {
            let within = u64::from(sector) * MINI_BYTES;
            let length = left.min(MINI_BYTES);
            if within + length > self.bytes {
                return Err(malformed("a stream reaches beyond the mini stream").into());
            }
            let at = self.stream.place(within, self.sector_bytes);
            let at = at.ok_or_else(|| malformed("a stream reaches beyond the mini stream"))?;
            take(&source.exactly(at, usize::try_from(length).unwrap_or(0))?);
            left -= length;
        }
        Ok(())
    }

    /// What nobody owns has to be free, and empty; what stands behind the ends of streams is told to `slack`.
    pub(super) fn check(&self, source: &mut Source<'_>, slack: &mut Slack) -> Result<(), Stop> {
        for (number, (owned, next)) in self.owned.iter().zip(&self.next).enumerate() {
            // osslsigncode writes the end of one chain too many, right behind what there is.
            let is_behind = number as u64 == self.bytes.div_ceil(MINI_BYTES);
            if owned.is_none() && *next != NONE && !(is_behind && *next == END) {
                return Err(unaccounted(number).into());
            }
        }
        let mut number = 0;
        let mut stray = None;
        let length = self.stream.len() as u64 * self.sector_bytes;
        // Sectors are whole multiples of mini sectors, and so is what is read at once.
        self.stream.read(source, self.sector_bytes, length, READ_BYTES, &mut |bytes| {
            for sector in bytes.chunks(MINI_BYTES as usize) {
                let owned = self.owned.get(number).copied().flatten();
                let rest = sector.get(usize::from(owned.unwrap_or(0))..).unwrap_or_default();
                if owned.is_none() && !is_zero(rest) {
                    stray.get_or_insert(number);
                } else if owned.is_some() && !rest.is_empty() {
                    slack.take(rest);
                }
                number += 1;
            }
        })?;
        match stray {
            Some(number) => Err(unaccounted(number).into()),
            None => Ok(()),
        }
    }
}

fn unaccounted(number: usize) -> Fault {
    Fault::new(Reason::UnaccountedBytes, format!("mini sector {number} belongs to nothing"))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(table_sectors: usize, bytes: u64) -> Option<Reason> {
        let mut nothing = Cursor::new(Vec::new());
        let mut source = Source::new(&mut nothing).unwrap();
        let table = Chain::of(vec![0; table_sectors]);
        match Mini::read(&mut source, &table, Chain::of(Vec::new()), bytes, 512) {
            Err(Stop::Fault(fault)) => Some(fault.reason),
            Err(Stop::Io(_)) | Ok(_) => None,
        }
    }

    #[test]
    fn no_more_mini_sectors_are_read_than_streams_can_have() {
        let sectors = MSI_MINI_SECTORS_MAX / 128;
        assert_eq!(read(sectors, 0), None);
        assert_eq!(read(sectors + 1, 0), Some(Reason::TooLarge));
        let bytes = MSI_MINI_SECTORS_MAX as u64 * MINI_BYTES;
        assert_eq!(read(0, bytes), None);
        assert_eq!(read(0, bytes + 1), Some(Reason::TooLarge));
    }
}
