//! A publisher with everything: a root, an issuing authority, a signer and a time-stamp authority.

use jiff::Timestamp;

use crate::certificate::{Authority, Draft, Identity, at};
use crate::cms::{Attestation, Signing};

/// A publisher and its authorities.
#[derive(Debug)]
pub struct Publisher {
    /// The root for publishers.
    pub root: Authority,
    /// The authority that issues to signers.
    pub issuer: Authority,
    /// Who signs.
    pub signer: Identity,
    /// The root for timestamps.
    pub time_root: Authority,
    /// Who says when.
    pub time_stamper: Identity,
    /// The same, below the root for publishers.
    pub own_time_stamper: Identity,
}

impl Publisher {
    /// A publisher whose signer is called so.
    pub fn new(name: &str) -> Self {
        let root = Authority::root(&format!("{name} Root"));
        let issuer = root.authority(&Draft { serial: 2, ..Draft::authority(&format!("{name} Issuer")) });
        let signer = issuer.identity(&Draft::signer(name));
        let time_root = Authority::root(&format!("{name} Time Root"));
        let time_stamper = time_root.identity(&Draft::time_stamper(&format!("{name} Time")));
        let own_time_stamper = root.identity(&Draft::time_stamper(&format!("{name} Own Time")));
        Self { root, issuer, signer, time_root, time_stamper, own_time_stamper }
    }

    /// When it signs, unless a test says otherwise.
    pub fn signing_time() -> Timestamp {
        at("2026-03-01T12:00:00Z")
    }

    /// A signature by its signer, stamped.
    pub fn signing(&self) -> Signing<'_> {
        self.signing_by(&self.signer)
    }

    /// A signature by its signer, stamped by an authority below the publisher's own root, as small publishers do.
    pub fn signing_by_root_time(&self) -> Signing<'_> {
        Signing::by(&self.signer).stamped(Attestation::Token(&self.own_time_stamper, Self::signing_time()))
    }

    /// A signature by another signer, stamped.
    pub fn signing_by<'a>(&'a self, signer: &'a Identity) -> Signing<'a> {
        Signing::by(signer).stamped(Attestation::Token(&self.time_stamper, Self::signing_time()))
    }
}
