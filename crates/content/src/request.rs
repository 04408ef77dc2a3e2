//! The head of an HTTP request, as far as serving files goes by it: RFC 9112, without IO.
//!
//! What is not plain in every respect is not judged here; the HTTP library is given it and has the last word.

mod framing;

pub use framing::Framing;

use httparse::{Header, Status};

use crate::range::{self, Ranges};
use crate::{if_none_match_hits, if_range_holds};

/// Most bytes of a request's head; IIS takes 16 KiB, and stock clients send less than one.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most header fields of a request.
pub const HEADERS_MAX: usize = 64;

/// What a request's head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead<'bytes> {
    /// How many bytes it has, its blank line included.
    pub length: usize,
    /// How far the request reaches behind its head.
    pub framing: Framing,
    /// Set when the head is plain: a `GET` or `HEAD` without a body and without anything unusual about it.
    pub plain: Option<PlainRequest<'bytes>>,
}

/// A `GET` or `HEAD` that nothing but a path and conditions matter of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainRequest<'bytes> {
    /// `HEAD`: the answer has no body.
    pub is_head: bool,
    /// The path: begins with a slash, and has no query, no escapes, nothing but letters, digits and `-._/`.
    pub path: &'bytes str,
    /// True for HTTP/1.0.
    pub is_http10: bool,
    /// What `Connection` says, when it says something.
    pub connection: Option<Connection>,
    /// Which bytes are wanted, and on what condition.
    pub conditions: Conditions<'bytes>,
}

/// A wish about what follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// More requests.
    KeepAlive,
    /// Nothing.
    Close,
}

/// The fields of a request that decide which bytes of a file are answered, as they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions<'bytes> {
    /// `Range`
    pub range: Option<&'bytes [u8]>,
    /// `If-Range`
    pub if_range: Option<&'bytes [u8]>,
    /// `If-None-Match`
    pub if_none_match: Option<&'bytes [u8]>,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed<'bytes> {
    /// A head.
    Head(RequestHead<'bytes>),
    /// The beginning of one. Whoever waits for the rest must give up at [`HEAD_BYTES_MAX`] bytes.
    Incomplete,
    /// Something else, or a head with too many fields.
    Unreadable,
}

/// Reads a request's head.
pub fn parse(bytes: &[u8]) -> Parsed<'_> {
    let mut fields = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(bytes) {
        Ok(Status::Complete(length)) => {
            let framing = Framing::of(request.method.unwrap_or_default(), request.headers);
            Parsed::Head(RequestHead { length, framing, plain: PlainRequest::of(&request, framing) })
        }
        Ok(Status::Partial) => Parsed::Incomplete,
        Err(_) => Parsed::Unreadable,
    }
}

/// True when a head may end in `bytes`. Cheap, so that a head that comes byte by byte is parsed once.
pub fn has_blank_line(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\n\n") || bytes.windows(3).any(|three| three == b"\n\r\n")
}

impl<'bytes> PlainRequest<'bytes> {
    fn of(request: &httparse::Request<'_, 'bytes>, framing: Framing) -> Option<Self> {
        let is_head = match request.method? {
            "GET" => false,
            "HEAD" => true,
            _ => return None,
        };
        let path = request.path.filter(|path| is_plain(path))?;
        if framing != Framing::WITHOUT_BODY {
            return None;
        }
        let mut connection = None;
        let mut conditions = Conditions::default();
        for Header { name, value } in request.headers.iter() {
            if name.eq_ignore_ascii_case("connection") {
                if connection.is_some() {
                    return None;
                }
                connection = Some(Connection::of(value)?);
            } else if ["content-length", "expect", "upgrade"].iter().any(|unusual| name.eq_ignore_ascii_case(unusual)) {
                return None;
            } else {
                conditions.take(name, value);
            }
        }
        Some(Self { is_head, path, is_http10: request.version? == 0, connection, conditions })
    }

    /// True when another request may follow on the same connection.
    pub fn keeps_connection(&self) -> bool {
        match self.connection {
            Some(wish) => wish == Connection::KeepAlive,
            None => !self.is_http10,
        }
    }
}

impl Connection {
    fn of(value: &[u8]) -> Option<Self> {
        if value.eq_ignore_ascii_case(b"keep-alive") {
            Some(Self::KeepAlive)
        } else if value.eq_ignore_ascii_case(b"close") {
            Some(Self::Close)
        } else {
            None
        }
    }
}

impl<'bytes> Conditions<'bytes> {
    /// Notes a field. Of one that comes twice, the first counts.
    fn take(&mut self, name: &str, value: &'bytes [u8]) {
        let field = if name.eq_ignore_ascii_case("range") {
            &mut self.range
        } else if name.eq_ignore_ascii_case("if-range") {
            &mut self.if_range
        } else if name.eq_ignore_ascii_case("if-none-match") {
            &mut self.if_none_match
        } else {
            return;
        };
        field.get_or_insert(value);
    }

    /// True when the client has this very file already.
    pub fn none_match_hits(&self, etag: &str) -> bool {
        self.if_none_match.and_then(text).is_some_and(|condition| if_none_match_hits(condition, etag))
    }

    /// What of a file of `size` bytes is asked for: all of it, unless `Range` says otherwise and `If-Range` still holds.
    pub fn wanted(&self, size: u64, etag: &str) -> Ranges {
        let holds = |condition| text(condition).is_some_and(|condition| if_range_holds(condition, etag, None));
        match self.range.and_then(text) {
            Some(ranges) if self.if_range.is_none_or(holds) => range::parse(ranges, size),
            _ => Ranges::Whole,
        }
    }
}

/// A field that has nothing but visible ASCII, blanks and tabs.
fn text(field: &[u8]) -> Option<&str> {
    let is_plain = field.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
    str::from_utf8(field).ok().filter(|_| is_plain)
}

fn is_plain(path: &str) -> bool {
    path.starts_with('/')
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_'))
}

#[cfg(test)]
mod tests;
