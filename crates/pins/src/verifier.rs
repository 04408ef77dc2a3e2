//! Holds a handshake against pins: two checks in series, neither of which is enough alone.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};

use crate::client::provider;
use crate::refusal::moment;
use crate::{Pins, Presented, Refusal, Strictness, Suspicion, Untrusted};

/// Certificates that a server may send: real chains have two to four.
pub const CHAIN_MAX: usize = 10;

/// Verifies one server's certificate.
///
/// *full*: the chain leads to a pinned root, and names, dates, purposes and revocation are in order. *issuer*: the server's
/// certificate was issued directly by a pinned authority, whose subject and key must both match, whatever else was sent.
#[derive(Debug)]
pub struct PinnedVerifier {
    pins: Pins,
    provider: Arc<CryptoProvider>,
    /// Absent where the anchors are in what is presented: see [`Pins::anchors_in`].
    full: Option<Arc<WebPkiServerVerifier>>,
    issuer: Option<Arc<WebPkiServerVerifier>>,
}

/// What one handshake has.
struct Handshake<'a> {
    own: &'a CertificateDer<'a>,
    others: &'a [CertificateDer<'a>],
    host: &'a ServerName<'a>,
    now: UnixTime,
}

impl PinnedVerifier {
    /// Holds handshakes against `pins`.
    pub fn new(pins: Pins) -> Self {
        let provider = provider();
        let anchors = |issuers: &[crate::Issuer]| issuers.iter().filter_map(crate::Issuer::anchor).collect::<Vec<_>>();
        let full = verifier(&provider, anchors(&pins.roots), &pins, true);
        let issuer = verifier(&provider, anchors(&pins.issuers), &pins, false);
        Self { pins, provider, full, issuer }
    }

    fn judge(&self, handshake: &Handshake<'_>) -> Result<(), Refusal> {
        let sent = handshake.others.len() + 1;
        if sent > CHAIN_MAX {
            return Err(Refusal::TooMany { sent });
        }
        if self.pins.is_empty() {
            return Err(Refusal::Unpinned);
        }
        let now = moment(handshake.now);
        if let Some(crate::Validity { from, until }) =
            self.pins.validity.filter(|valid| now < valid.from || now > valid.until)
        {
            return Err(Refusal::PinsNotInForce { from, until });
        }
        if self.pins.roots.is_empty() {
            return self.by_keys_alone(handshake);
        }
        let Some(full) = &self.full else { return Err(self.unusable()) };
        match check(full, handshake, handshake.others) {
            Ok(()) => self.directly(handshake).and_then(|()| self.looked_up()),
            // Whoever is not the pinned issuer is that first of all: his lists are of no interest, nor is what an impostor's
            // certificate says of where they are.
            Err(refusal) if refusal.is_about_lists() || refusal == Refusal::Revoked => {
                self.without_lists(handshake)?;
                self.directly(handshake).and(Err(refusal))
            }
            Err(Refusal::UnknownRoot) if self.issuer.is_some() && self.directly(handshake).is_ok() => {
                Err(Refusal::Incomplete)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// The chain leads to a pinned root, whatever lists say.
    fn without_lists(&self, handshake: &Handshake<'_>) -> Result<(), Refusal> {
        let anchors = self.pins.roots.iter().filter_map(crate::Issuer::anchor).collect();
        let full = verifier(&self.provider, anchors, &self.pins, false).ok_or(Refusal::Unpinned)?;
        check(&full, handshake, handshake.others)
    }

    /// Without any list, nothing was looked up.
    fn looked_up(&self) -> Result<(), Refusal> {
        match self.pins.strictness {
            Strictness::Deny if self.pins.lists.is_empty() => Err(Refusal::RevocationUnknown),
            _ => Ok(()),
        }
    }

    /// Why there is nothing to hold a chain against: no certificates of those that are pinned, or a list that is of no use.
    fn unusable(&self) -> Refusal {
        if self.pins.lists.is_empty() { Refusal::Unpinned } else { Refusal::ListNotGenuine }
    }

    /// The server's certificate was issued by a pinned authority, or its own key is pinned.
    fn directly(&self, handshake: &Handshake<'_>) -> Result<(), Refusal> {
        let of_issuer = |refusal| match refusal {
            Refusal::UnknownRoot => Refusal::OtherIssuer,
            Refusal::BadSignature => Refusal::Impostor,
            other => other,
        };
        if let Some(issuer) = &self.issuer {
            check(issuer, handshake, &[]).map_err(of_issuer)?;
        } else if !self.pins.issuers.is_empty() {
            // Only names are known of them.
            return Err(Refusal::Unpinned);
        }
        if self.pins.keys.is_empty() || self.is_own_key_pinned(handshake) {
            return Ok(());
        }
        let anchors = self.pins.anchors_in(handshake.others);
        let anchors = anchors.into_iter().chain(self.pinned_roots()).collect();
        match verifier(&self.provider, anchors, &self.pins, false) {
            Some(issuer) => check(&issuer, handshake, &[]).map_err(|refusal| match of_issuer(refusal) {
                Refusal::OtherIssuer => Refusal::OtherKey,
                other => other,
            }),
            None => Err(Refusal::OtherKey),
        }
    }

    /// Roots whose keys are pinned as well, which servers need not send.
    fn pinned_roots(&self) -> impl Iterator<Item = TrustAnchor<'static>> {
        let pinned = self.pins.roots.iter().filter(|root| root.key.is_some_and(|key| self.pins.keys.contains(&key)));
        pinned.filter_map(crate::Issuer::anchor)
    }

    /// No root is known: the key is what is trusted.
    fn by_keys_alone(&self, handshake: &Handshake<'_>) -> Result<(), Refusal> {
        if self.is_own_key_pinned(handshake) {
            return own_key(handshake);
        }
        let anchors = self.pins.anchors_in(handshake.others);
        if anchors.is_empty() {
            return Err(Refusal::OtherKey);
        }
        let full = verifier(&self.provider, anchors, &self.pins, true).ok_or_else(|| self.unusable())?;
        // With an empty list of others, the pinned key itself must have signed.
        let checked = check(&full, handshake, &[]).map_err(|refusal| match refusal {
            Refusal::UnknownRoot => Refusal::OtherKey,
            Refusal::BadSignature => Refusal::Impostor,
            other => other,
        });
        checked.and_then(|()| self.looked_up())
    }

    fn is_own_key_pinned(&self, handshake: &Handshake<'_>) -> bool {
        Presented::read(handshake.own, &[]).own().is_some_and(|own| self.pins.keys.contains(&own.key))
    }

    fn untrusted(&self, handshake: &Handshake<'_>, refusal: Refusal) -> Untrusted {
        let read = handshake.others.get(..handshake.others.len().min(CHAIN_MAX)).unwrap_or_default();
        let presented = Presented::read(handshake.own, read);
        let suspicion = refusal.is_about_the_issuer().then(|| Suspicion::of(&presented)).flatten();
        // Where a private authority is expected, another one is more likely its successor.
        let suspicion = suspicion.filter(|one| *one != Suspicion::PrivateIssuer || self.pins.is_from_a_set());
        let host = handshake.host.to_str().into_owned();
        Untrusted { host, refusal, presented, expected: self.pins.expected(), suspicion }
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let handshake = Handshake { own: end_entity, others: intermediates, host: server_name, now };
        match self.judge(&handshake) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(refusal) => {
                let untrusted = Arc::new(self.untrusted(&handshake, refusal));
                Err(Error::InvalidCertificate(CertificateError::Other(OtherError(untrusted))))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let supported = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, supported)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let supported = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, supported)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// One check; `None` where there is nothing to hold a chain against.
fn verifier(
    provider: &Arc<CryptoProvider>,
    anchors: Vec<TrustAnchor<'static>>,
    pins: &Pins,
    heeds_lists: bool,
) -> Option<Arc<WebPkiServerVerifier>> {
    if anchors.is_empty() {
        return None;
    }
    let roots = Arc::new(RootCertStore { roots: anchors });
    let mut builder = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider));
    if heeds_lists {
        builder = builder.with_crls(pins.lists.der());
        builder = match pins.strictness {
            Strictness::Deny => builder.enforce_revocation_expiration(),
            Strictness::Allow => builder.allow_unknown_revocation_status(),
        };
    }
    // Lists were read as this reads them when they were taken, and there are anchors.
    builder.build().ok()
}

fn check(
    verifier: &WebPkiServerVerifier,
    handshake: &Handshake<'_>,
    others: &[CertificateDer<'_>],
) -> Result<(), Refusal> {
    let Handshake { own, host, now, .. } = *handshake;
    verifier.verify_server_cert(own, others, host, &[], now).map(drop).map_err(|error| Refusal::of(&error, now))
}

/// The server's own key is pinned: its certificate needs no issuer, but must be this host's, in force, and a server's.
fn own_key(handshake: &Handshake<'_>) -> Result<(), Refusal> {
    let presented = Presented::read(handshake.own, &[]);
    let own = presented.own().ok_or(Refusal::Unreadable)?;
    let now = moment(handshake.now);
    if now > own.not_after {
        return Err(Refusal::Expired { since: Some(own.not_after), now });
    }
    if now < own.not_before {
        return Err(Refusal::NotYetValid { from: Some(own.not_before), now });
    }
    if !own.is_for_servers {
        return Err(Refusal::NotForServers);
    }
    let parsed = ParsedCertificate::try_from(handshake.own).map_err(|error| Refusal::of(&error, handshake.now))?;
    rustls::client::verify_server_name(&parsed, handshake.host).map_err(|error| Refusal::of(&error, handshake.now))
}
