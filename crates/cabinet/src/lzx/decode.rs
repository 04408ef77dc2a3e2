use super::reader::Reader;
use super::tree::{Tree, read_lengths, read_main_lengths};
use super::{
    ALIGNED, ALIGNED_SYMBOLS, LENGTH_SYMBOLS, LITERALS, LONG_MATCH, MAIN_SYMBOLS_MAX, MATCH_MIN, UNCOMPRESSED,
    VERBATIM, Window, extra_bits, slot_base, translate,
};
use crate::error::LzxError;

/// Decodes the frames of one stream, in order.
pub(crate) struct Decoder {
    window: Window,
    /// Lengths of the codes of the last block, which those of the next one are differences from.
    main_lengths: [u8; MAIN_SYMBOLS_MAX],
    length_lengths: [u8; LENGTH_SYMBOLS],
    trees: Trees,
    /// The last three offsets that differ, the last one first.
    repeated: [u32; 3],
    kind: Kind,
    /// What the current block still has, in bytes of content.
    block_bytes: usize,
    /// A byte was inserted to fill up an uncompressed block of odd length, and not read yet.
    is_padded: bool,
    has_begun: bool,
    /// The size for translation, if there is any.
    translation: Option<i32>,
}

struct Trees {
    pretree: Tree,
    main: Tree,
    length: Tree,
    aligned: Tree,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Verbatim,
    Aligned,
    Uncompressed,
}

impl Decoder {
    pub(crate) fn new(window: Window) -> Self {
        Self {
            window,
            main_lengths: [0; MAIN_SYMBOLS_MAX],
            length_lengths: [0; LENGTH_SYMBOLS],
            trees: Trees { pretree: Tree::new(), main: Tree::new(), length: Tree::new(), aligned: Tree::new() },
            repeated: [1; 3],
            kind: Kind::Uncompressed,
            block_bytes: 0,
            is_padded: false,
            has_begun: false,
            translation: None,
        }
    }

    /// Decodes the frame `data` into `content` from `from` to its end; what is before was decoded from the frames before.
    ///
    /// Calls in it stay translated: later frames refer to them as they are, see [`translate`](Self::translate).
    pub(crate) fn frame(&mut self, data: &[u8], content: &mut [u8], from: usize) -> Result<(), LzxError> {
        let mut reader = Reader::new(data);
        if !self.has_begun {
            self.has_begun = true;
            let is_translated = reader.bits(1)? == 1;
            self.translation = if is_translated { Some(reader.bits(32)? as i32) } else { None };
        }
        let mut at = from;
        while at < content.len() {
            if self.block_bytes == 0 {
                self.begin_block(&mut reader)?;
            }
            let to = content.len().min(at + self.block_bytes);
            let piece = content.get_mut(..to).unwrap_or_default();
            match self.kind {
                Kind::Uncompressed => self.uncompressed(&mut reader, piece, at)?,
                Kind::Verbatim => self.compressed::<false>(&mut reader, piece, at)?,
                Kind::Aligned => self.compressed::<true>(&mut reader, piece, at)?,
            }
            self.block_bytes -= to - at;
            at = to;
            if self.block_bytes == 0 && self.is_padded {
                // Some encoders put the byte where the next block begins.
                self.is_padded = reader.bytes(1).is_err();
            }
        }
        Ok(())
    }

    /// Undoes the translation of calls in the whole content.
    pub(crate) fn translate(&self, content: &mut [u8]) {
        if let Some(size) = self.translation {
            translate::undo(content, size);
        }
    }

    fn begin_block(&mut self, reader: &mut Reader<'_>) -> Result<(), LzxError> {
        if std::mem::take(&mut self.is_padded) {
            reader.bytes(1)?;
        }
        let kind = reader.bits(3)?;
        let block_bytes = reader.bits(24)? as usize;
        if block_bytes == 0 {
            return Err(LzxError::EmptyBlock);
        }
        self.kind = match kind {
            VERBATIM => Kind::Verbatim,
            ALIGNED => Kind::Aligned,
            UNCOMPRESSED => Kind::Uncompressed,
            other => return Err(LzxError::BlockType(other)),
        };
        if self.kind == Kind::Uncompressed {
            reader.align()?;
            for repeated in &mut self.repeated {
                *repeated = reader.u32()?;
            }
            self.is_padded = !block_bytes.is_multiple_of(2);
        } else {
            self.read_trees(reader)?;
        }
        self.block_bytes = block_bytes;
        Ok(())
    }

    fn read_trees(&mut self, reader: &mut Reader<'_>) -> Result<(), LzxError> {
        let Trees { pretree, main, length, aligned } = &mut self.trees;
        if self.kind == Kind::Aligned {
            let mut lengths = [0; ALIGNED_SYMBOLS];
            for length in &mut lengths {
                *length = reader.bits(3)? as u8;
            }
            aligned.rebuild(&lengths)?;
        }
        let main_lengths = self.main_lengths.get_mut(..self.window.main_symbols()).unwrap_or_default();
        read_main_lengths(reader, pretree, main_lengths)?;
        main.rebuild(main_lengths)?;
        read_lengths(reader, pretree, &mut self.length_lengths)?;
        length.rebuild(&self.length_lengths)
    }

    fn uncompressed(&mut self, reader: &mut Reader<'_>, content: &mut [u8], from: usize) -> Result<(), LzxError> {
        let place = content.get_mut(from..).unwrap_or_default();
        place.copy_from_slice(reader.bytes(place.len())?);
        Ok(())
    }

    /// Decodes literals and matches into `content` from `from` to its end.
    fn compressed<const IS_ALIGNED: bool>(
        &mut self,
        reader: &mut Reader<'_>,
        content: &mut [u8],
        from: usize,
    ) -> Result<(), LzxError> {
        let mut repeated = self.repeated;
        let mut at = from;
        while let Some(place) = content.get_mut(at) {
            reader.refill();
            let symbol = usize::from(self.trees.main.symbol(reader)?);
            let Some(matched) = symbol.checked_sub(LITERALS) else {
                *place = symbol as u8;
                at += 1;
                continue;
            };
            let mut length = (matched & 7) + MATCH_MIN;
            if length == LONG_MATCH {
                length += usize::from(self.trees.length.symbol(reader)?);
            }
            let distance = match (matched >> 3) as u32 {
                slot @ 0..3 => {
                    repeated.swap(0, slot as usize);
                    let [last, ..] = repeated;
                    last
                }
                slot => {
                    reader.refill();
                    let distance = slot_base(slot) - 2 + self.below_slot::<IS_ALIGNED>(reader, extra_bits(slot))?;
                    let [last, second, _] = repeated;
                    repeated = [distance, last, second];
                    distance
                }
            };
            self.copy(content, at, distance, length)?;
            at += length;
        }
        self.repeated = repeated;
        Ok(())
    }

    /// What an offset has below its slot.
    #[inline(always)]
    fn below_slot<const IS_ALIGNED: bool>(&self, reader: &mut Reader<'_>, extra: u32) -> Result<u32, LzxError> {
        if !IS_ALIGNED || extra < 3 {
            return reader.take(extra);
        }
        let high = reader.take(extra - 3)?;
        Ok(high << 3 | u32::from(self.trees.aligned.symbol(reader)?))
    }

    /// Repeats the `length` bytes that stand `distance` before `at`; they may overlap what they become.
    #[inline(always)]
    fn copy(&self, content: &mut [u8], at: usize, distance: u32, length: usize) -> Result<(), LzxError> {
        let back = distance as usize;
        let window = self.window.bytes();
        if back == 0 || back > at || back > window {
            return Err(LzxError::Distance { distance, at, window });
        }
        let from = at - back;
        if length > content.len() - at {
            return Err(LzxError::Overrun);
        }
        let mut done = 0;
        while done < length {
            // What was just copied may be copied in turn: each round doubles what is there.
            let piece = (length - done).min(back + done);
            content.copy_within(from..from + piece, at + done);
            done += piece;
        }
        Ok(())
    }
}
