//! What went wrong with a connection, found in an error that came through the layers of a client.

use std::error::Error;
use std::fmt;
use std::io;

use rustls::{AlertDescription, CertificateError, PeerIncompatible, PeerMisbehaved};

use crate::Untrusted;

/// Layers of an error that are looked through.
const DEPTH_MAX: usize = 16;

/// What went wrong with TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Who answers is not whom it should be.
    Untrusted(Box<Untrusted>),
    /// What answers does not speak TLS.
    NotTls,
    /// It speaks no version of TLS that is sound.
    OldVersion,
    /// It chose, or has, only ciphers that are not sound.
    OldCiphers,
    /// It wants to speak something else than HTTP/1.1.
    OtherProtocol,
    /// It breaks the rules of TLS.
    Misbehaves(String),
    /// It ended the handshake with this alert.
    Alert(String),
}

/// The problem with TLS that `error` has in it, if that is what it is about.
pub fn problem(error: &(dyn Error + 'static)) -> Option<Problem> {
    let mut next = Some(error);
    for _ in 0..DEPTH_MAX {
        let error = next?;
        if let Some(untrusted) = error.downcast_ref::<Untrusted>() {
            return Some(Problem::Untrusted(Box::new(untrusted.clone())));
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(Problem::of(error));
        }
        // What an `io::Error` carries is itself, not its source.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = carried.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

impl Problem {
    fn of(error: &rustls::Error) -> Self {
        use rustls::Error as E;
        match error {
            E::InvalidCertificate(CertificateError::Other(other)) => match other.0.downcast_ref::<Untrusted>() {
                Some(untrusted) => Self::Untrusted(Box::new(untrusted.clone())),
                None => Self::Misbehaves(error.to_string()),
            },
            E::InvalidMessage(_) => Self::NotTls,
            E::PeerIncompatible(
                PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::Tls12NotOfferedOrEnabled,
            )
            | E::AlertReceived(AlertDescription::ProtocolVersion) => Self::OldVersion,
            E::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedCipherSuite)
            | E::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity) => {
                Self::OldCiphers
            }
            E::PeerIncompatible(reason) => match reason {
                PeerIncompatible::NoCipherSuitesInCommon | PeerIncompatible::NoKxGroupsInCommon => Self::OldCiphers,
                _ => Self::Misbehaves(error.to_string()),
            },
            E::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedApplicationProtocol)
            | E::AlertReceived(AlertDescription::NoApplicationProtocol)
            | E::NoApplicationProtocol => Self::OtherProtocol,
            E::AlertReceived(alert) => Self::Alert(format!("{alert:?}")),
            other => Self::Misbehaves(other.to_string()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untrusted(untrusted) => untrusted.fmt(out),
            Self::NotTls => out.write_str(
                "what answers there does not speak TLS; the address may be one of plain HTTP, or something in between answers",
            ),
            Self::OldVersion => out.write_str(
                "it speaks neither TLS 1.2 nor TLS 1.3; older versions are broken, and it has to be brought up to date",
            ),
            Self::OldCiphers => out.write_str(
                "it has no cipher in common with this server, which knows those with forward secrecy only; it has to be \
                 brought up to date, or something in between weakens the connection",
            ),
            Self::OtherProtocol => {
                out.write_str("it does not want to speak HTTP/1.1; the address may be another service's")
            }
            Self::Misbehaves(how) => write!(out, "it breaks the rules of TLS ({how}); something in between may change what it says"),
            Self::Alert(alert) => write!(out, "it ended the handshake with the alert {alert}; its log may know more"),
        }
    }
}

impl Error for Problem {}
