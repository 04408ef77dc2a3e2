//! Why a certificate is not trusted: one variant for each reason, because each has another remedy.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error};

use crate::CHAIN_MAX;

/// Why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is pinned for this server.
    Unpinned,
    /// What is pinned is not in force yet, or no longer.
    PinsNotInForce {
        /// From when it is.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// The chain leads to no root that is pinned.
    UnknownRoot,
    /// The server's certificate is from a pinned authority, but that authority's own certificate was not sent along.
    Incomplete,
    /// The chain leads to a pinned root, but none of the pinned authorities issued the server's certificate.
    OtherIssuer,
    /// An authority of that name is pinned, but it is not its key that signed.
    Impostor,
    /// Neither the server's key nor that of the authority that issued its certificate is pinned.
    OtherKey,
    /// The certificate is another host's.
    OtherHost,
    /// A certificate of the chain is valid no longer.
    Expired {
        /// Since when.
        since: Option<Timestamp>,
        /// By this computer's clock.
        now: Timestamp,
    },
    /// A certificate of the chain is not valid yet.
    NotYetValid {
        /// From when it is.
        from: Option<Timestamp>,
        /// By this computer's clock.
        now: Timestamp,
    },
    /// The certificate is for other purposes than serving.
    NotForServers,
    /// A certificate of the chain was revoked.
    Revoked,
    /// No list says whether a certificate of the chain was revoked.
    RevocationUnknown,
    /// The list that would say so is too old.
    ListExpired {
        /// When the next one was to come.
        since: Option<Timestamp>,
        /// By this computer's clock.
        now: Timestamp,
    },
    /// The list that would say so is not its issuer's, or cannot be told to be.
    ListNotGenuine,
    /// Signed in a way that is trusted no longer (SHA-1, MD5, RSA below 2,048 bits), or not known.
    WeakSignature,
    /// A signature of the chain does not match.
    BadSignature,
    /// An authority of the chain may not issue certificates for this host, or not so far down.
    BeyondAuthority,
    /// An authority's certificate was presented as a server's.
    AuthorityAsServer,
    /// More certificates than any chain has.
    TooMany {
        /// How many were sent.
        sent: usize,
    },
    /// The certificate cannot be read.
    Unreadable,
    /// Something else; in the library's words.
    Other(String),
}

impl Refusal {
    /// It is about who issued the certificate: somebody in between may be the reason.
    pub(crate) fn is_about_the_issuer(&self) -> bool {
        matches!(self, Self::Unpinned | Self::UnknownRoot | Self::OtherIssuer | Self::Impostor | Self::OtherKey)
    }

    /// Newer lists of revoked certificates might change it.
    pub fn is_about_lists(&self) -> bool {
        matches!(self, Self::RevocationUnknown | Self::ListExpired { .. } | Self::ListNotGenuine)
    }

    /// What a check of the whole chain says.
    pub(crate) fn of(error: &Error, now: UnixTime) -> Self {
        match error {
            Error::InvalidCertificate(error) => Self::of_certificate(error, moment(now)),
            // Whatever is wrong with it, another one may be right.
            Error::InvalidCertRevocationList(_) => Self::ListNotGenuine,
            other => Self::Other(other.to_string()),
        }
    }

    fn of_certificate(error: &CertificateError, now: Timestamp) -> Self {
        use CertificateError as E;
        match error {
            E::BadEncoding => Self::Unreadable,
            E::Expired => Self::Expired { since: None, now },
            E::ExpiredContext { not_after, .. } => Self::Expired { since: Some(moment(*not_after)), now },
            E::NotValidYet => Self::NotYetValid { from: None, now },
            E::NotValidYetContext { not_before, .. } => Self::NotYetValid { from: Some(moment(*not_before)), now },
            E::Revoked => Self::Revoked,
            E::UnknownIssuer => Self::UnknownRoot,
            E::UnknownRevocationStatus => Self::RevocationUnknown,
            E::ExpiredRevocationList => Self::ListExpired { since: None, now },
            E::ExpiredRevocationListContext { next_update, .. } => {
                Self::ListExpired { since: Some(moment(*next_update)), now }
            }
            E::BadSignature => Self::BadSignature,
            E::UnsupportedSignatureAlgorithmContext { .. }
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Self::WeakSignature,
            E::NotValidForName | E::NotValidForNameContext { .. } => Self::OtherHost,
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => Self::NotForServers,
            E::Other(other) => Self::of_library(&other.0),
            other => Self::Other(other.to_string()),
        }
    }

    /// What has no word of its own in rustls.
    fn of_library(error: &Arc<dyn std::error::Error + Send + Sync>) -> Self {
        use webpki::Error as E;
        match error.downcast_ref::<E>() {
            Some(E::NameConstraintViolation | E::PathLenConstraintViolated | E::EndEntityUsedAsCa) => {
                Self::BeyondAuthority
            }
            Some(E::CaUsedAsEndEntity) => Self::AuthorityAsServer,
            Some(
                E::MaximumPathDepthExceeded | E::MaximumPathBuildCallsExceeded | E::MaximumSignatureChecksExceeded,
            ) => Self::Other("its chain is longer, or more entangled, than any real one".to_owned()),
            _ => Self::Other(error.to_string()),
        }
    }
}

pub(crate) fn moment(time: UnixTime) -> Timestamp {
    i64::try_from(time.as_secs()).ok().and_then(|secs| Timestamp::from_second(secs).ok()).unwrap_or(Timestamp::MAX)
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpinned => out.write_str("nothing is pinned for it, and nothing is trusted unseen"),
            Self::PinsNotInForce { from, until } => write!(
                out,
                "what is pinned for it is in force from {from} to {until}, which is not now; look at this computer's \
                 clock, or import newer pins with `vanne upstream pins import`"
            ),
            Self::UnknownRoot => out.write_str("its certificate does not lead to a root that is trusted for it"),
            Self::Incomplete => out.write_str(
                "it sent its own certificate alone and not that of the authority that issued it; it has to send the \
                 whole chain",
            ),
            Self::OtherIssuer => {
                out.write_str("its certificate leads to a trusted root, but none of the pinned authorities issued it")
            }
            Self::Impostor => out.write_str(
                "its certificate names a pinned authority as its issuer, but another key than that authority's signed it",
            ),
            Self::OtherKey => {
                out.write_str("neither its key nor that of the authority that issued its certificate is the pinned one")
            }
            Self::OtherHost => out.write_str("its certificate is for another host"),
            Self::Expired { since, now } => {
                out.write_str("a certificate of its chain has expired")?;
                dated(out, "since", *since, *now)
            }
            Self::NotYetValid { from, now } => {
                out.write_str("a certificate of its chain is not valid yet")?;
                dated(out, "before", *from, *now)
            }
            Self::NotForServers => out.write_str("its certificate is not for servers (it lacks the purpose serverAuth)"),
            Self::Revoked => out.write_str("a certificate of its chain was revoked by who issued it"),
            Self::RevocationUnknown => out.write_str(
                "no list of revoked certificates tells whether its chain was revoked; let this server fetch the lists \
                 over plain HTTP, or put them into the folder that [tls] crls names",
            ),
            Self::ListExpired { since, now } => {
                out.write_str("the list that tells whether its chain was revoked is out of date")?;
                dated(out, "since", *since, *now)
            }
            Self::ListNotGenuine => {
                out.write_str("the list that tells whether its chain was revoked is not signed by who issued the chain, or not in a way that is known")
            }
            Self::WeakSignature => out.write_str(
                "its chain is signed in a way that is trusted no longer (SHA-1, MD5 or RSA below 2048 bits), or unknown",
            ),
            Self::BadSignature => out.write_str("a signature of its chain does not match"),
            Self::BeyondAuthority => {
                out.write_str("an authority of its chain may not issue certificates for it (name or depth constraints)")
            }
            Self::AuthorityAsServer => out.write_str("it presents the certificate of an authority as its own"),
            Self::TooMany { sent } => write!(out, "it sent {sent} certificates, and no chain has more than {CHAIN_MAX}"),
            Self::Unreadable => out.write_str("its certificate cannot be read"),
            Self::Other(reason) => write!(out, "its certificate is refused: {reason}"),
        }
    }
}

fn dated(out: &mut fmt::Formatter<'_>, word: &str, at: Option<Timestamp>, now: Timestamp) -> fmt::Result {
    if let Some(at) = at {
        write!(out, " ({word} {at})")?;
    }
    write!(out, "; it is {now} by this computer's clock, which may be the one that is wrong")
}
