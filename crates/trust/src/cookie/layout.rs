//! The plain text inside a cookie. All numbers are little-endian; a time is seconds since 1970 (8 bytes,
//! signed) and nanoseconds (4 bytes, signed), so that it comes back exactly.
//!
//! An authorization cookie:
//!
//! | Offset | Bytes | What |
//! |---|---|---|
//! | 0 | 16 | incarnation of the server |
//! | 16 | 12 | issued |
//! | 28 | 1 | length n of the computer's id, 1 to 255 |
//! | 29 | n | the computer's id |
//!
//! A session cookie:
//!
//! | Offset | Bytes | What |
//! |---|---|---|
//! | 0 | 16 | incarnation of the server |
//! | 16 | 12 | issued |
//! | 28 | 12 | expires |
//! | 40 | 12 | change of the configuration |
//! | 52 | 2 + 2 | protocol version, major and minor |
//! | 56 | 8 | digest of the groups |
//! | 64 | 1 | which marks there are: 1 software, 2 categories, 4 drivers, 8 printers; the other bits are 0 |
//! | 65 | 8 + 8 + 8 + 8 | the marks in that order; 0 where there is none |
//! | 97 | 1 | length n of the computer's id, 1 to 255 |
//! | 98 | n | the computer's id |
//!
//! A downstream server's cookie of either kind:
//!
//! | Offset | Bytes | What |
//! |---|---|---|
//! | 0 | 16 | incarnation of this server |
//! | 16 | 12 | issued |
//! | 28 | 12 | expires |
//! | 40 | 2 + 2 | protocol version, major and minor |
//! | 44 | 16 | the downstream server's id |
//!
//! This is read only after the tag held, and refused all the same when it is anything but this.

use jiff::Timestamp;
use model::{ChangeMark, ComputerId, ProtocolVersion};
use uuid::Uuid;

use super::{AuthorizationCookie, CookieError, Marks, ServerCookie, SessionCookie};

/// The shortest plain text: an authorization cookie for an id of one character.
pub(crate) const PLAIN_BYTES_MIN: usize = 29 + 1;
/// The longest plain text: a session cookie for an id of 255 characters.
pub(crate) const PLAIN_BYTES_MAX: usize = 98 + 255;

pub(crate) fn write_authorization(incarnation: Uuid, cookie: &AuthorizationCookie) -> Vec<u8> {
    let mut plain = Vec::with_capacity(PLAIN_BYTES_MAX);
    plain.extend(incarnation.as_bytes());
    write_time(&mut plain, cookie.issued);
    write_computer(&mut plain, &cookie.computer);
    plain
}

pub(crate) fn read_authorization(incarnation: Uuid, plain: &[u8]) -> Result<AuthorizationCookie, CookieError> {
    let mut fields = Fields::of(incarnation, plain)?;
    let cookie = AuthorizationCookie { issued: fields.time()?, computer: fields.computer()? };
    fields.end(cookie)
}

pub(crate) fn write_session(incarnation: Uuid, cookie: &SessionCookie) -> Vec<u8> {
    let marks = cookie.marks.all();
    let present = marks.iter().enumerate().map(|(bit, mark)| u8::from(mark.is_some()) << bit).sum::<u8>();
    let mut plain = Vec::with_capacity(PLAIN_BYTES_MAX);
    plain.extend(incarnation.as_bytes());
    write_time(&mut plain, cookie.issued);
    write_time(&mut plain, cookie.expires);
    write_time(&mut plain, cookie.config);
    plain.extend(cookie.protocol.major.to_le_bytes());
    plain.extend(cookie.protocol.minor.to_le_bytes());
    plain.extend(cookie.groups.to_le_bytes());
    plain.push(present);
    for mark in marks {
        plain.extend(mark.unwrap_or_default().0.to_le_bytes());
    }
    write_computer(&mut plain, &cookie.computer);
    plain
}

pub(crate) fn read_session(incarnation: Uuid, plain: &[u8]) -> Result<SessionCookie, CookieError> {
    let mut fields = Fields::of(incarnation, plain)?;
    let issued = fields.time()?;
    let expires = fields.time()?;
    let config = fields.time()?;
    let protocol = ProtocolVersion::new(fields.u16()?, fields.u16()?);
    let groups = fields.u64()?;
    let [present] = fields.take()?;
    let marks = fields.marks(present)?;
    let computer = fields.computer()?;
    fields.end(SessionCookie { computer, issued, expires, protocol, config, groups, marks })
}

pub(crate) fn write_server(incarnation: Uuid, cookie: &ServerCookie) -> Vec<u8> {
    let mut plain = Vec::with_capacity(PLAIN_BYTES_MAX);
    plain.extend(incarnation.as_bytes());
    write_time(&mut plain, cookie.issued);
    write_time(&mut plain, cookie.expires);
    plain.extend(cookie.protocol.major.to_le_bytes());
    plain.extend(cookie.protocol.minor.to_le_bytes());
    plain.extend(cookie.server.as_bytes());
    plain
}

pub(crate) fn read_server(incarnation: Uuid, plain: &[u8]) -> Result<ServerCookie, CookieError> {
    let mut fields = Fields::of(incarnation, plain)?;
    let issued = fields.time()?;
    let expires = fields.time()?;
    let protocol = ProtocolVersion::new(fields.u16()?, fields.u16()?);
    let server = Uuid::from_bytes(fields.take()?);
    fields.end(ServerCookie { server, issued, expires, protocol })
}

fn write_time(plain: &mut Vec<u8>, time: Timestamp) {
    plain.extend(time.as_second().to_le_bytes());
    plain.extend(time.subsec_nanosecond().to_le_bytes());
}

fn write_computer(plain: &mut Vec<u8>, computer: &ComputerId) {
    let id = computer.as_str().as_bytes();
    plain.push(u8::try_from(id.len()).expect("a computer's id has at most 255 bytes"));
    plain.extend(id);
}

/// What is left to read of a plain text.
struct Fields<'plain>(&'plain [u8]);

impl<'plain> Fields<'plain> {
    /// The fields behind the incarnation, once that is this server's.
    fn of(incarnation: Uuid, plain: &'plain [u8]) -> Result<Self, CookieError> {
        let mut fields = Self(plain);
        let found = Uuid::from_bytes(fields.take()?);
        if found == incarnation { Ok(fields) } else { Err(CookieError::OtherServer) }
    }

    fn take<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], CookieError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(CookieError::Forged)?;
        self.0 = rest;
        Ok(*field)
    }

    fn u16(&mut self) -> Result<u16, CookieError> {
        self.take().map(u16::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, CookieError> {
        self.take().map(u64::from_le_bytes)
    }

    fn time(&mut self) -> Result<Timestamp, CookieError> {
        let seconds = self.take().map(i64::from_le_bytes)?;
        let nanoseconds = self.take().map(i32::from_le_bytes)?;
        Timestamp::new(seconds, nanoseconds).map_err(|_| CookieError::Forged)
    }

    fn marks(&mut self, present: u8) -> Result<Marks, CookieError> {
        if present > 0b1111 {
            return Err(CookieError::Forged);
        }
        let mut mark = |bit: u32| {
            let number = self.u64()?;
            Ok((present >> bit & 1 == 1).then_some(ChangeMark(number)))
        };
        Ok(Marks { software: mark(0)?, categories: mark(1)?, drivers: mark(2)?, printers: mark(3)? })
    }

    fn computer(&mut self) -> Result<ComputerId, CookieError> {
        let [length] = self.take()?;
        let (id, rest) = self.0.split_at_checked(usize::from(length)).ok_or(CookieError::Forged)?;
        self.0 = rest;
        std::str::from_utf8(id).ok().and_then(|id| id.parse().ok()).ok_or(CookieError::Forged)
    }

    /// `cookie`, if nothing is left behind it.
    fn end<C>(self, cookie: C) -> Result<C, CookieError> {
        if self.0.is_empty() { Ok(cookie) } else { Err(CookieError::Forged) }
    }
}
