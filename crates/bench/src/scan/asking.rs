//! Requests of very many computers: those that know the same share the bytes, and differ in the cookie alone.

use std::ops::Range;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use model::ComputerId;
use store::{Location, Store};
use trust::{KeyRing, SessionCookie};
use wire::Request;
use wire::client::Cookie;

use super::computer::Office;

const COOKIE_STARTS: &[u8] = b"<EncryptedData>";
const COOKIE_ENDS: &[u8] = b"</EncryptedData>";

/// Seals cookies as the server does.
///
/// A hundred thousand computers at full cache would take hours to bring there by scanning. Computers of one build have the same
/// cookie but for the name in it, so one of each build really scans, and its cookie is sealed again for the others with
/// the estate's own key: byte for byte what the server would have given them.
pub(crate) struct Seal(KeyRing);

impl Seal {
    /// With the keys in the database there.
    pub(crate) fn of(location: &Location) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Runtime::new().context("could not start a runtime")?;
        runtime.block_on(async {
            let store = Store::open(location, Timestamp::now()).await?;
            let incarnation = store.identity().await?.incarnation;
            let keys = store.session_keys().await?;
            store.close().await;
            Ok(Self(KeyRing::new(incarnation, keys.iter().map(|key| (key.epoch, key.key)))?))
        })
    }

    pub(crate) fn open(&self, cookie: &Cookie) -> anyhow::Result<SessionCookie> {
        self.0.open_session(&cookie.encrypted_data, Timestamp::now()).context("a cookie does not open")
    }

    /// The same session of another computer.
    pub(crate) fn cookie(&self, like: &SessionCookie, computer: ComputerId) -> Cookie {
        let cookie = SessionCookie { computer, ..like.clone() };
        Cookie { expiration: Some(cookie.expires), encrypted_data: self.0.seal_session(&cookie) }
    }

    /// As a request has it. All are of one length, because all names are.
    pub(crate) fn text(&self, like: &SessionCookie, computer: ComputerId) -> String {
        STANDARD.encode(self.cookie(like, computer).encrypted_data)
    }
}

/// A request, into which any cookie can be put.
pub(crate) struct Template {
    bytes: Vec<u8>,
    place: Range<usize>,
    /// What its own cookie says.
    pub(crate) session: SessionCookie,
}

impl Template {
    pub(crate) fn new(office: &Office, seal: &Seal, cookie: &Cookie, request: &Request) -> anyhow::Result<Self> {
        let bytes = office.bytes(request);
        let find = |what: &[u8]| bytes.windows(what.len()).position(|window| window == what);
        let start = find(COOKIE_STARTS).context("a request has no cookie")? + COOKIE_STARTS.len();
        let end = find(COOKIE_ENDS).context("a request has no cookie")?;
        ensure!(bytes.get(start..end).is_some(), "a cookie ends before it begins");
        Ok(Self { bytes, place: start..end, session: seal.open(cookie)? })
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True if that cookie can be put into it.
    pub(crate) fn takes(&self, cookie: &str) -> bool {
        self.place.len() == cookie.len()
    }

    /// Writes the request with that cookie in place of what `buffer` held.
    pub(crate) fn write(&self, cookie: &str, buffer: &mut Vec<u8>) {
        buffer.clear();
        buffer.extend_from_slice(&self.bytes);
        if let Some(place) = buffer.get_mut(self.place.clone()).filter(|place| place.len() == cookie.len()) {
            place.copy_from_slice(cookie.as_bytes());
        }
    }
}

/// Requests that are drawn from at random.
pub(crate) struct Asking {
    pub(crate) templates: Vec<Template>,
    /// Of each computer the template and the cookie.
    pub(crate) computers: Vec<(usize, Box<str>)>,
}

impl Asking {
    /// The request of the computer that `draw` chooses.
    pub(crate) fn write(&self, draw: impl FnOnce(usize) -> usize, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
        let (template, cookie) = self.computers.get(draw(self.computers.len())).context("there is no computer")?;
        self.templates.get(*template).context("there is no such template")?.write(cookie, buffer);
        Ok(())
    }
}
