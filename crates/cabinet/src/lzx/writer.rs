/// Writes bits into little-endian 16-bit words, highest bit first, behind what is there.
pub(super) struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// The last bits, in the lowest places.
    bits: u64,
    /// How many there are; below 16 between calls.
    count: u32,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, bits: 0, count: 0 }
    }

    /// Writes the lowest `count` bits of `value`, at most 32; those above them are 0.
    #[inline(always)]
    pub(super) fn bits(&mut self, value: u32, count: u32) {
        self.bits = self.bits << count | u64::from(value);
        self.count += count;
        while self.count >= 16 {
            self.count -= 16;
            let word = (self.bits >> self.count) as u16;
            self.out.extend_from_slice(&word.to_le_bytes());
        }
    }

    /// Fills the word up that was begun, if any.
    pub(super) fn align(&mut self) {
        if self.count > 0 {
            self.bits(0, 16 - self.count);
        }
    }

    /// Writes bytes, behind [`align`](Self::align) only.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }
}
