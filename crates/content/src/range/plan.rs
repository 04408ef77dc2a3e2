use std::fmt::Write as _;

use bytes::Bytes;
use model::Sha256;

use super::{ByteRange, Ranges};

/// How a request for a file is answered: status, fields and the segments of the body, before a byte is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// 200, 206 or 416.
    pub status: u16,
    /// `Content-Type`; absent with 416, which has no body.
    pub content_type: Option<String>,
    /// `Content-Range`; present with one part and with 416.
    pub content_range: Option<String>,
    /// `Content-Length`: exactly the bytes of all segments.
    pub content_length: u64,
    /// The body, in order.
    pub segments: Vec<Segment>,
}

/// A piece of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// These bytes: the head of a part, or the end of the last.
    Text(Bytes),
    /// This part of the file.
    File(ByteRange),
}

impl Segment {
    /// How many bytes of the body it is.
    pub fn length(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::File(part) => part.length(),
        }
    }
}

impl Plan {
    /// The answer to `ranges` of the file `sha256`, which has `size` bytes and the media type `mime`.
    ///
    /// One part is sent as it is; several as `multipart/byteranges`, never chunked. BITS wants at most two line
    /// ends before the first boundary (there is none) and at most 180 bytes of a part's other fields (there are none).
    ///
    /// Source: RFC 9110 §14.4 to §14.6, §15.3.7, §15.5.17; `delivery` §3.1.
    pub fn new(ranges: &Ranges, sha256: &Sha256, size: u64, mime: &str) -> Self {
        match ranges {
            Ranges::Whole => Self::whole(size, mime),
            Ranges::Unsatisfiable => Self::refused(size),
            Ranges::Parts(parts) => match parts.as_slice() {
                [part] => Self::one(*part, size, mime),
                parts => Self::several(parts, sha256, size, mime),
            },
        }
    }

    fn whole(size: u64, mime: &str) -> Self {
        let segments = ByteRange::whole(size).map(Segment::File).into_iter().collect();
        Self::of(200, Some(mime.to_owned()), None, segments)
    }

    fn refused(size: u64) -> Self {
        Self::of(416, None, Some(format!("bytes */{size}")), Vec::new())
    }

    fn one(part: ByteRange, size: u64, mime: &str) -> Self {
        Self::of(206, Some(mime.to_owned()), Some(content_range(part, size)), vec![Segment::File(part)])
    }

    fn several(parts: &[ByteRange], sha256: &Sha256, size: u64, mime: &str) -> Self {
        let boundary = boundary(sha256);
        let mut segments = Vec::with_capacity(parts.len() * 2 + 1);
        let mut line_end = ""; // The first boundary stands at the very beginning.
        for &part in parts {
            let content_range = content_range(part, size);
            let head =
                format!("{line_end}--{boundary}\r\nContent-Type: {mime}\r\nContent-Range: {content_range}\r\n\r\n");
            segments.extend([Segment::Text(head.into()), Segment::File(part)]);
            line_end = "\r\n";
        }
        segments.push(Segment::Text(format!("{line_end}--{boundary}--\r\n").into()));
        Self::of(206, Some(format!("multipart/byteranges; boundary={boundary}")), None, segments)
    }

    fn of(status: u16, content_type: Option<String>, content_range: Option<String>, segments: Vec<Segment>) -> Self {
        // No file system holds a file so long that its parts and a few kilobytes of heads would saturate.
        let content_length = segments.iter().map(Segment::length).fold(0, u64::saturating_add);
        Self { status, content_type, content_range, content_length, segments }
    }
}

fn content_range(part: ByteRange, size: u64) -> String {
    format!("bytes {}-{}/{size}", part.first(), part.last())
}

/// The text between parts. Nobody can make a file that contains it, because it is half of the file's own SHA-256; and
/// every server answers with the same bytes, so that a cache may join answers.
fn boundary(sha256: &Sha256) -> String {
    let mut boundary = String::from("vanne-");
    for byte in sha256.as_bytes().iter().take(16) {
        write!(boundary, "{byte:02x}").expect("a string takes whatever is written to it");
    }
    boundary
}
