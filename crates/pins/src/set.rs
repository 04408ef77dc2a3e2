//! Pins as data: which hosts must come from which authorities, from when until when. A version is built in; newer ones are
//! files that somebody trusted signed.

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;

use crate::pins::Validity;
use crate::{Issuer, KeyId, Pins, Strictness};

mod document;
mod signed;
#[cfg(test)]
mod tests;

pub use document::{FILE_BYTES_MAX, InvalidSet};
pub use signed::{ImportError, SignedSet};

/// Microsoft's update hosts, as this program was built. Roots and their fingerprints: docs/operating.md, *Pinned upstreams*.
const BUILT_IN: &str = include_str!("set/microsoft.json");
/// When an administrator is told that a pinned certificate expires, in days before, the earliest first.
const ALARM_DAYS: [i64; 3] = [90, 30, 7];

/// Pins of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinSet {
    /// Higher ones replace lower ones.
    pub version: u32,
    /// When they are in force.
    pub validity: Validity,
    /// What is pinned for which hosts.
    pub(crate) hosts: Vec<HostPins>,
}

/// What is pinned for some hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPins {
    /// Lower case; `*.` at the beginning stands for one or more labels.
    pub(crate) patterns: Vec<String>,
    pub(crate) roots: Vec<Issuer>,
    /// Those that are pinned, and those of which the name alone is known.
    pub(crate) issuers: Vec<Issuer>,
}

/// A pinned certificate that expires soon, or has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// Whose it is.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// The alarm it is under: fewer days than this are left, 0 if none are.
    pub within_days: i64,
}

impl PinSet {
    /// The pins this program was built with.
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN.as_bytes()).expect("a test reads the pins that are built in")
    }

    /// Some of it speaks of `host`.
    pub fn knows(&self, host: &str) -> bool {
        self.of(host).is_some()
    }

    /// What is pinned for `host`; nothing if it is not spoken of. Revocation is checked strictly: the authorities of these
    /// hosts publish lists.
    pub fn pins(&self, host: &str) -> Pins {
        let Some(found) = self.of(host) else { return Pins::none() };
        Pins {
            roots: found.roots.clone(),
            issuers: found.issuers.clone(),
            validity: Some(self.validity),
            strictness: Strictness::Deny,
            ..Pins::none()
        }
    }

    /// Authorities of which only the name is known: their certificates are refused until pins are imported that have them.
    pub fn incomplete(&self) -> Vec<&str> {
        let issuers = self.hosts.iter().flat_map(|host| &host.issuers);
        issuers.filter(|issuer| issuer.certificate.is_none()).map(|issuer| issuer.name.as_str()).collect()
    }

    /// What is pinned, authority by authority: pattern of hosts, name, key and end.
    pub fn told(&self) -> impl Iterator<Item = (&str, &str, Option<KeyId>, Option<Timestamp>)> {
        self.hosts.iter().flat_map(|host| {
            let pattern = host.patterns.first().map_or("", String::as_str);
            let all = host.roots.iter().chain(&host.issuers);
            all.map(move |one| (pattern, one.name.as_str(), one.key, one.not_after))
        })
    }

    /// What expires within 90 days of `now`, the first first: authorities, and the set itself.
    pub fn expiring(&self, now: Timestamp) -> Vec<Expiring> {
        let authorities = self.told().filter_map(|(_, name, _, at)| Some((name.to_owned(), at?)));
        let set = (format!("version {} of the pins", self.version), self.validity.until);
        expiring(authorities.chain([set]), now)
    }

    fn of(&self, host: &str) -> Option<&HostPins> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.hosts.iter().find(|pins| pins.patterns.iter().any(|pattern| matches(pattern, &host)))
    }
}

impl Expiring {
    /// Those of `dated` that expire within 90 days of `now`, the first first.
    pub fn among(dated: impl IntoIterator<Item = (String, Timestamp)>, now: Timestamp) -> Vec<Self> {
        expiring(dated, now)
    }
}

fn expiring(dated: impl IntoIterator<Item = (String, Timestamp)>, now: Timestamp) -> Vec<Expiring> {
    let mut soon: Vec<Expiring> = Vec::new();
    for (name, at) in dated {
        let left = at.duration_since(now);
        let alarm = ALARM_DAYS.iter().filter(|days| left <= SignedDuration::from_hours(*days * 24)).min();
        let Some(within_days) = alarm.map(|days| if left.is_negative() { 0 } else { *days }) else { continue };
        if !soon.iter().any(|one| one.name == name && one.at == at) {
            soon.push(Expiring { name, at, within_days });
        }
    }
    soon.sort_by_key(|one| one.at);
    soon
}

fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|labels| labels.len() > 1 && labels.ends_with('.')),
        None => pattern == host,
    }
}

fn issuer(name: String, certificate: Option<CertificateDer<'static>>) -> Option<Issuer> {
    match certificate {
        Some(certificate) => Some(Issuer { name, ..Issuer::of(certificate)? }),
        None => Some(Issuer { name, key: None, certificate: None, not_after: None }),
    }
}
