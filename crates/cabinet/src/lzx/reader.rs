use crate::error::LzxError;

/// Bits of one frame: little-endian 16-bit words, highest bit first.
pub(super) struct Reader<'b> {
    whole: &'b [u8],
    /// What was not read yet.
    rest: &'b [u8],
    /// The next bits, from the highest on; below the last one are zeros.
    bits: u64,
    /// How many there are.
    count: u32,
}

impl<'b> Reader<'b> {
    pub(super) fn new(whole: &'b [u8]) -> Self {
        Self { whole, rest: whole, bits: 0, count: 0 }
    }

    /// Makes sure that at least 33 bits are there, unless the frame ends before.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        while self.count <= 32 {
            if let Some(([a, b, c, d], rest)) = self.rest.split_first_chunk() {
                self.bits |= u64::from(u32::from_be_bytes([*b, *a, *d, *c])) << (32 - self.count);
                (self.count, self.rest) = (self.count + 32, rest);
            } else if let Some(([a, b], rest)) = self.rest.split_first_chunk() {
                self.bits |= u64::from(u16::from_be_bytes([*b, *a])) << (48 - self.count);
                (self.count, self.rest) = (self.count + 16, rest);
            } else {
                return;
            }
        }
    }

    /// The next 16 bits, filled up with zeros behind the frame's end; not more than were made sure of.
    #[inline(always)]
    pub(super) fn peek(&self) -> u16 {
        (self.bits >> 48) as u16
    }

    /// Takes `count` bits, at most 32, of those that were made sure of.
    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) -> Result<u32, LzxError> {
        self.count = self.count.checked_sub(count).ok_or(LzxError::Truncated)?;
        // Two shifts, as one of 64 is none.
        let value = (self.bits >> 1 >> (63 - count)) as u32;
        self.bits <<= count;
        Ok(value)
    }

    /// Makes sure of `count` bits, at most 32, and takes them.
    pub(super) fn bits(&mut self, count: u32) -> Result<u32, LzxError> {
        self.refill();
        self.take(count)
    }

    /// Goes to the next word, as an uncompressed block does: 1 to 16 bits are skipped.
    pub(super) fn align(&mut self) -> Result<(), LzxError> {
        let to_next = match self.count % 16 {
            0 => 16,
            within => within,
        };
        self.bits(to_next)?;
        // Words that were read ahead are read again, as bytes.
        let ahead = self.count as usize / 8;
        let at = self.whole.len() - self.rest.len() - ahead;
        (self.rest, self.bits, self.count) = (self.whole.get(at..).unwrap_or_default(), 0, 0);
        Ok(())
    }

    /// Takes `count` bytes, at the frame's start or behind [`align`](Self::align) and other bytes.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'b [u8], LzxError> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(LzxError::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// A number of four bytes, where bytes may be taken.
    pub(super) fn u32(&mut self) -> Result<u32, LzxError> {
        let bytes = self.bytes(4)?.first_chunk().ok_or(LzxError::Truncated)?;
        Ok(u32::from_le_bytes(*bytes))
    }
}
