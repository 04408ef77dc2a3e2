//! Why a handshake failed, and what to do about it.

use std::io;

use rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible};

/// A short word for counting, and a sentence for the log.
pub(super) fn why(error: &io::Error) -> (&'static str, &'static str) {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::AlertReceived(AlertDescription::UnknownCA)) => (
            "untrusted",
            "the client does not trust the authority behind the certificate; `vanne pki export` writes what it needs",
        ),
        Some(Error::AlertReceived(
            AlertDescription::BadCertificate | AlertDescription::CertificateUnknown | AlertDescription::AccessDenied,
        )) => (
            "untrusted",
            "the client refuses the certificate: it does not trust the authority, or asked under a name that the certificate \
             does not have; see `vanne pki show` and https.names",
        ),
        Some(Error::AlertReceived(AlertDescription::CertificateExpired)) => (
            "expired",
            "by the client's clock the certificate does not hold; see `vanne pki show`, and the clocks of both",
        ),
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => (
            "no TLS",
            "what came is no TLS; if it is plain HTTP, its address should begin with https://, or name the HTTP port",
        ),
        Some(Error::NoApplicationProtocol) => {
            ("protocol", "the client wants another protocol than HTTP/1.1; is it something in front of this server?")
        }
        Some(Error::PeerIncompatible(
            PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        )) => (
            "old TLS",
            "the client speaks nothing newer than TLS 1.1; Windows 7 and Server 2008 R2 need the update that lets WinHTTP speak TLS 1.2",
        ),
        Some(Error::PeerIncompatible(_)) => (
            "no common ground",
            "the client and this server have no cipher suite or signature in common; https.rsa = true adds a certificate for \
             clients that do not know ECDSA",
        ),
        Some(_) => ("broken", "what the client sent is not TLS as it should be; is something in between?"),
        None if error.kind() == io::ErrorKind::TimedOut => {
            ("slow", "the client did not finish in time; a port scan, or a line that loses packets")
        }
        None => (
            "left",
            "the client left in the middle: a port scan, a health check, or one that refuses the certificate silently",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_word_and_a_remedy() {
        let of = |error: Error| why(&io::Error::new(io::ErrorKind::InvalidData, error));
        assert!(of(Error::AlertReceived(AlertDescription::UnknownCA)).1.contains("vanne pki export"));
        assert!(of(Error::InvalidMessage(InvalidMessage::InvalidContentType)).1.contains("https://"));
        assert!(of(Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon)).1.contains("https.rsa"));
        assert!(of(Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered)).1.contains("Windows 7"));
        assert_eq!(why(&io::ErrorKind::TimedOut.into()).0, "slow");
        assert_eq!(why(&io::ErrorKind::UnexpectedEof.into()).0, "left");
    }
}
