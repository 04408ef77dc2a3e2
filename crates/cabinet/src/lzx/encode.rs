use super::matches::{LENGTH_ENOUGH, Match, Matcher};
use super::write::{Frame, Stream, Token};
use super::{FRAME_BYTES, MATCH_MAX};

/// A block ends with the frame in which it reaches so many literals and matches: enough to pay for its trees.
const BLOCK_TOKENS: usize = 1 << 14;
/// Most frames of a block: 2 MiB.
const BLOCK_FRAMES: usize = 64;
/// From so many literals and matches on a frame has a block of its own, because it hardly repeats: its letters are others.
const LONE_FRAME_TOKENS: usize = FRAME_BYTES / 2;
/// After so many places without a match the next ones are looked at one step further apart each time: it is noise.
const MISSES_PER_STEP: usize = 64;

/// Codes content with a window of 2 MiB, without translation of calls.
///
/// The same content gives the same stream. A match is the best of a few places; when the next place has a better one,
/// that is taken instead.
pub(crate) struct Encoder<'c> {
    content: &'c [u8],
    matcher: Matcher<'c>,
    stream: Stream,
    repeated: [u32; 3],
    /// The block that is being gathered.
    frames: Vec<Frame<'c>>,
    tokens: Vec<Token>,
}

impl<'c> Encoder<'c> {
    pub(crate) fn new(content: &'c [u8]) -> Self {
        Self {
            content,
            matcher: Matcher::new(content),
            stream: Stream::default(),
            repeated: [1; 3],
            frames: Vec::new(),
            tokens: Vec::new(),
        }
    }

    /// Codes everything. `each` is given each frame, in order: its content, and what it was coded as.
    pub(crate) fn encode(mut self, mut each: impl FnMut(&[u8], &[u8])) {
        let mut from = 0;
        for content in self.content.chunks(FRAME_BYTES) {
            let tokens_before = self.tokens.len();
            self.parse(from, from + content.len());
            from += content.len();
            let is_lone = self.tokens.len() - tokens_before > LONE_FRAME_TOKENS;
            if is_lone && tokens_before > 0 {
                let tokens = self.tokens.split_off(tokens_before);
                self.write_block(&mut each);
                self.tokens = tokens;
            }
            self.frames.push(Frame { content, tokens_end: self.tokens.len(), repeated: self.repeated });
            if is_lone || self.tokens.len() >= BLOCK_TOKENS || self.frames.len() >= BLOCK_FRAMES {
                self.write_block(&mut each);
            }
        }
        self.write_block(&mut each);
    }

    /// Cuts one frame into literals and matches.
    fn parse(&mut self, from: usize, to: usize) {
        let step = self.matcher.step;
        let mut at = from;
        let mut misses = 0;
        // What the place before already found out.
        let mut found = None;
        while at < to {
            let here = match found.take() {
                Some(found) => Some(found),
                None => self.matcher.find(at, to - at, &self.repeated),
            };
            let Some(here) = here else {
                misses += 1;
                let next = at + step * (1 + misses / MISSES_PER_STEP);
                at = self.push_literals(at, next.min(to));
                continue;
            };
            misses = 0;
            let mut searched_to = at + step;
            if here.length < LENGTH_ENOUGH && searched_to < to {
                let next = self.matcher.find(searched_to, to - searched_to, &self.repeated);
                if next.is_some_and(|next| next.gain > here.gain) {
                    at = self.push_literals(at, searched_to);
                    found = next;
                    continue;
                }
                searched_to += step;
            }
            self.push_match(here);
            at += here.length;
            self.matcher.insert(searched_to, at);
        }
    }

    /// Appends what stands from `at` up to `to` as literals, and says where they end.
    fn push_literals(&mut self, at: usize, to: usize) -> usize {
        self.tokens.extend(self.content.get(at..to).unwrap_or_default().iter().map(|byte| Token::literal(*byte)));
        to
    }

    fn push_match(&mut self, found: Match) {
        debug_assert!(found.length <= MATCH_MAX);
        let token = match self.repeated.iter().position(|repeated| *repeated == found.distance) {
            Some(slot) => {
                self.repeated.swap(0, slot);
                Token::repeat(slot, found.length)
            }
            None => {
                let [last, second, _] = self.repeated;
                self.repeated = [found.distance, last, second];
                Token::matched(found.distance, found.length)
            }
        };
        self.tokens.push(token);
    }

    fn write_block(&mut self, each: &mut impl FnMut(&[u8], &[u8])) {
        self.stream.write(&self.frames, &self.tokens, each);
        self.frames.clear();
        self.tokens.clear();
    }
}
