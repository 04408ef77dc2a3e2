use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, LessSafeKey, UnboundKey};
use aws_lc_rs::rand;
use jiff::Timestamp;
use uuid::Uuid;

use crate::cookie::{AuthorizationCookie, CookieError, ServerCookie, SessionCookie, envelope, layout};

/// The keys that cookies are sealed with, by epoch, and the incarnation of the server they are for.
///
/// The newest epoch seals; every epoch opens. Servers that share a store share keys and incarnation, so that a
/// cookie of one is good at the others and after a restart.
pub struct KeyRing {
    incarnation: Uuid,
    sealing_epoch: u32,
    keys: BTreeMap<u32, LessSafeKey>,
}

/// Keys that make no ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// There is not one key.
    #[error("a key ring needs at least one key; add a session key to the store")]
    Empty,
}

impl KeyRing {
    /// A ring of `keys`, in any order; of two with the same epoch the later one counts.
    ///
    /// `incarnation` names one life of a database: it changes when one is restored, because the numbers that
    /// clients remember may then mean something else.
    ///
    /// # Errors
    /// [`KeyRingError::Empty`] without a key.
    pub fn new(incarnation: Uuid, keys: impl IntoIterator<Item = (u32, [u8; 32])>) -> Result<Self, KeyRingError> {
        let keys: BTreeMap<_, _> = keys.into_iter().map(|(epoch, bytes)| (epoch, key(&bytes))).collect();
        let (&sealing_epoch, _) = keys.last_key_value().ok_or(KeyRingError::Empty)?;
        Ok(Self { incarnation, sealing_epoch, keys })
    }

    /// Seals what a client proved with GetAuthorizationCookie, under a random nonce.
    pub fn seal_authorization(&self, cookie: &AuthorizationCookie) -> Vec<u8> {
        self.seal(envelope::Purpose::Authorization, &layout::write_authorization(self.incarnation, cookie))
    }

    /// Opens what [`KeyRing::seal_authorization`] made. It does not expire by itself: judge `issued`.
    ///
    /// # Errors
    /// [`CookieError::Forged`] for anything this ring did not seal, [`CookieError::OtherServer`] for what it
    /// sealed in another incarnation.
    pub fn open_authorization(&self, sealed: &[u8]) -> Result<AuthorizationCookie, CookieError> {
        let plain = envelope::open(envelope::Purpose::Authorization, sealed, |epoch| self.keys.get(&epoch))?;
        layout::read_authorization(self.incarnation, &plain)
    }

    /// Seals the state of a client's session, under a random nonce.
    pub fn seal_session(&self, cookie: &SessionCookie) -> Vec<u8> {
        self.seal(envelope::Purpose::Session, &layout::write_session(self.incarnation, cookie))
    }

    /// Opens what [`KeyRing::seal_session`] made.
    ///
    /// Checks, in this order: length, version, epoch, tag, incarnation, expiry. Nothing of the cookie is read
    /// before its tag holds, and only the time sealed inside is compared with `now`.
    ///
    /// # Errors
    /// [`CookieError::Forged`] for anything this ring did not seal, [`CookieError::OtherServer`] for what it
    /// sealed in another incarnation, and [`CookieError::Expired`] with the cookie when `now` is not before its end.
    ///
    /// Source: MS-WUSP 2.2.3.5, 3.1.5.4.
    pub fn open_session(&self, sealed: &[u8], now: Timestamp) -> Result<SessionCookie, CookieError> {
        let plain = envelope::open(envelope::Purpose::Session, sealed, |epoch| self.keys.get(&epoch))?;
        let cookie = layout::read_session(self.incarnation, &plain)?;
        if now < cookie.expires { Ok(cookie) } else { Err(CookieError::Expired(Box::new(cookie))) }
    }

    /// Seals what a downstream server shows to GetCookie.
    pub fn seal_server_authorization(&self, cookie: &ServerCookie) -> Vec<u8> {
        self.seal(envelope::Purpose::ServerAuthorization, &layout::write_server(self.incarnation, cookie))
    }

    /// Opens what [`KeyRing::seal_server_authorization`] made.
    ///
    /// # Errors
    /// As [`KeyRing::open_server_session`].
    pub fn open_server_authorization(&self, sealed: &[u8], now: Timestamp) -> Result<ServerCookie, CookieError> {
        self.open_server(envelope::Purpose::ServerAuthorization, sealed, now)
    }

    /// Seals a downstream server's session.
    pub fn seal_server_session(&self, cookie: &ServerCookie) -> Vec<u8> {
        self.seal(envelope::Purpose::ServerSession, &layout::write_server(self.incarnation, cookie))
    }

    /// Opens what [`KeyRing::seal_server_session`] made.
    ///
    /// # Errors
    /// [`CookieError::Forged`] for anything this ring did not seal for that purpose, a client's cookie included,
    /// [`CookieError::OtherServer`] for what it sealed in another incarnation, and [`CookieError::ServerExpired`].
    pub fn open_server_session(&self, sealed: &[u8], now: Timestamp) -> Result<ServerCookie, CookieError> {
        self.open_server(envelope::Purpose::ServerSession, sealed, now)
    }

    fn open_server(
        &self,
        purpose: envelope::Purpose,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<ServerCookie, CookieError> {
        let plain = envelope::open(purpose, sealed, |epoch| self.keys.get(&epoch))?;
        let cookie = layout::read_server(self.incarnation, &plain)?;
        if now < cookie.expires { Ok(cookie) } else { Err(CookieError::ServerExpired) }
    }

    fn seal(&self, purpose: envelope::Purpose, plain: &[u8]) -> Vec<u8> {
        let key = self.keys.get(&self.sealing_epoch).expect("the sealing epoch is one of the keys since `new`");
        envelope::seal(purpose, self.sealing_epoch, key, plain)
    }
}

/// A new key for a ring, from the generator of aws-lc.
pub fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    rand::fill(&mut key).expect("the generator of aws-lc aborts the process before it fails");
    key
}

/// Shows which epochs there are, never a key.
impl fmt::Debug for KeyRing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("KeyRing")
            .field("incarnation", &self.incarnation)
            .field("epochs", &self.keys.keys())
            .finish_non_exhaustive()
    }
}

fn key(bytes: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, bytes).expect("AES-256 takes 32 bytes"))
}
