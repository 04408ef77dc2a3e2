use jiff::Timestamp;
use model::{ChangeMark, ComputerId, ProtocolVersion};
use uuid::Uuid;

pub(crate) mod envelope;
pub(crate) mod layout;
#[cfg(test)]
mod tests;

/// What a client got from GetAuthorizationCookie and shows to GetCookie (MS-WUSP 2.2.2.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCookie {
    /// The computer it was given to.
    pub computer: ComputerId,
    /// When.
    pub issued: Timestamp,
}

/// What a client shows with every other call (MS-WUSP 2.2.3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCookie {
    /// The computer it was given to.
    pub computer: ComputerId,
    /// When the session began.
    pub issued: Timestamp,
    /// From when on it no longer holds. The clear-text `Expiration` beside the cookie decides nothing.
    pub expires: Timestamp,
    /// What the client speaks.
    pub protocol: ProtocolVersion,
    /// The `LastChange` of the configuration the client has seen.
    pub config: Timestamp,
    /// The digest of the groups the computer was in.
    pub groups: u64,
    /// Up to where the client knows of changes.
    pub marks: Marks,
}

/// What a downstream server shows (MS-WSUSSS 2.2.4.7 and 2.2.4.8): to GetCookie as authorization, and with every other
/// call as its session. Which of both it is sealed as is part of the seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerCookie {
    /// The server it was given to.
    pub server: Uuid,
    /// When.
    pub issued: Timestamp,
    /// From when on it no longer holds.
    pub expires: Timestamp,
    /// What the server speaks; of no meaning as authorization.
    pub protocol: ProtocolVersion,
}

/// Up to where a client knows of changes, by the kind of synchronisation that told it; `None` before the first.
///
/// One kind says nothing of another: a category scan is told of its categories only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Software, unfiltered.
    pub software: Option<ChangeMark>,
    /// Software within the categories of a filter.
    pub categories: Option<ChangeMark>,
    /// Drivers.
    pub drivers: Option<ChangeMark>,
    /// Printer drivers, in the Add Printer wizard.
    pub printers: Option<ChangeMark>,
}

impl Marks {
    /// The newest generation the client has heard of.
    pub fn newest(&self) -> Option<ChangeMark> {
        self.all().into_iter().flatten().max()
    }

    /// The marks in the order of the cookie's layout.
    pub(crate) fn all(&self) -> [Option<ChangeMark>; 4] {
        [self.software, self.categories, self.drivers, self.printers]
    }
}

/// Why a cookie was not accepted.
///
/// A cookie that was not sealed by this ring is [`CookieError::Forged`] whatever is wrong with it, so that
/// nobody learns how far it got.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CookieError {
    /// Not one this server sealed for this purpose: the fault InvalidCookie.
    #[error("the cookie is not one this server gave out")]
    Forged,
    /// Genuine, but of another life of this server's database: the fault ServerChanged.
    #[error("the cookie was given out before this server's database was replaced")]
    OtherServer,
    /// Genuine, but its time is over: the fault CookieExpired. Its state may go into the next one.
    #[error("the cookie has expired")]
    Expired(Box<SessionCookie>),
    /// Genuine, but the time of a downstream server's cookie is over: the fault InvalidCookie, upon which it starts over.
    #[error("the downstream server's cookie has expired")]
    ServerExpired,
}
