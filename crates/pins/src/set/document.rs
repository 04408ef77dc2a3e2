//! The text of a set of pins: JSON, every key known, every bound checked.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use super::{HostPins, PinSet, issuer};
use crate::pins::Validity;
use crate::{Issuer, KeyId};

/// A file of pins: what is built in has 10 KB, and there will never be a hundred authorities.
pub const FILE_BYTES_MAX: usize = 256 << 10;
/// Groups of hosts, patterns of a group, authorities of a group.
const HOSTS_MAX: usize = 50;
const PATTERNS_MAX: usize = 50;
const AUTHORITIES_MAX: usize = 50;
/// Of a name.
const NAME_CHARS_MAX: usize = 200;
/// Issuers that must be pinned: one, and at least one in reserve for when it is withdrawn.
const ISSUERS_MIN: usize = 2;

/// Why a text is no set of pins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSet {
    /// Longer than any.
    #[error("a file of pins has at most {FILE_BYTES_MAX} bytes")]
    TooLong,
    /// Not the format.
    #[error("not a file of pins: {0}")]
    Unreadable(String),
    /// The numbers of things are beyond their bounds.
    #[error("{what} of a file of pins: there are {count}, and there must be {least} to {most}")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// At least.
        least: usize,
        /// At most.
        most: usize,
    },
    /// A pattern that names no hosts, or too many.
    #[error(
        "{0:?} is no pattern of hosts: write a name in lower case, perhaps with *. before it and two labels behind that"
    )]
    Pattern(String),
    /// A certificate is none, or another than it says.
    #[error("the certificate of {name} {problem}")]
    Certificate {
        /// Whose.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The end lies before the begin.
    #[error("the pins are in force from {0} to {1}, which is no time")]
    Never(Timestamp, Timestamp),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    not_before: Timestamp,
    not_after: Timestamp,
    upstreams: Vec<Upstream>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Upstream {
    hosts: Vec<String>,
    roots: Vec<Authority>,
    intermediates: Vec<Authority>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Authority {
    name: String,
    /// Its key: a check on the certificate, for who compares by eye.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spki: Option<KeyId>,
    /// DER in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

impl PinSet {
    /// Reads a set.
    ///
    /// # Errors
    /// [`InvalidSet`].
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidSet> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(InvalidSet::TooLong);
        }
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| InvalidSet::Unreadable(error.to_string()))?;
        let validity = Validity { from: document.not_before, until: document.not_after };
        if validity.until <= validity.from {
            return Err(InvalidSet::Never(validity.from, validity.until));
        }
        count("groups of hosts", document.upstreams.len(), 1, HOSTS_MAX)?;
        let hosts = document.upstreams.into_iter().map(Upstream::read).collect::<Result<_, _>>()?;
        Ok(Self { version: document.version, validity, hosts })
    }

    /// Writes it, so that [`parse`](Self::parse) reads the same.
    pub fn to_text(&self) -> String {
        let upstreams = self.hosts.iter().map(|host| Upstream {
            hosts: host.patterns.clone(),
            roots: host.roots.iter().map(Authority::of).collect(),
            intermediates: host.issuers.iter().map(Authority::of).collect(),
        });
        let document = Document {
            version: self.version,
            not_before: self.validity.from,
            not_after: self.validity.until,
            upstreams: upstreams.collect(),
        };
        serde_json::to_string_pretty(&document).expect("texts, numbers and lists can be written")
    }
}

impl Upstream {
    fn read(self) -> Result<HostPins, InvalidSet> {
        count("patterns of hosts", self.hosts.len(), 1, PATTERNS_MAX)?;
        count("roots", self.roots.len(), 1, AUTHORITIES_MAX)?;
        count("intermediates", self.intermediates.len(), 1, AUTHORITIES_MAX)?;
        if let Some(bad) = self.hosts.iter().find(|pattern| !is_pattern(pattern)) {
            return Err(InvalidSet::Pattern(bad.chars().take(NAME_CHARS_MAX).collect()));
        }
        let roots: Vec<Issuer> = self.roots.into_iter().map(Authority::read).collect::<Result<_, _>>()?;
        if let Some(root) = roots.iter().find(|root| root.certificate.is_none()) {
            return Err(InvalidSet::Certificate { name: root.name.clone(), problem: "is missing".to_owned() });
        }
        let issuers: Vec<Issuer> = self.intermediates.into_iter().map(Authority::read).collect::<Result<_, _>>()?;
        let pinned = issuers.iter().filter(|issuer| issuer.certificate.is_some()).count();
        count("pinned intermediates (one and a backup)", pinned, ISSUERS_MIN, AUTHORITIES_MAX)?;
        Ok(HostPins { patterns: self.hosts, roots, issuers })
    }
}

impl Authority {
    fn read(self) -> Result<Issuer, InvalidSet> {
        let name: String = self.name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
        let wrong = |problem: String| InvalidSet::Certificate { name: name.clone(), problem };
        let decoded = self.certificate.map(|text| BASE64_STANDARD.decode(text)).transpose();
        let certificate = decoded.map_err(|_| wrong("is not base64".to_owned()))?.map(CertificateDer::from);
        let read = issuer(name.clone(), certificate).ok_or_else(|| wrong("cannot be read".to_owned()))?;
        match (self.spki, read.key) {
            (Some(said), Some(is)) if said != is => Err(wrong(format!("has the key {is}, not {said}"))),
            _ => Ok(read),
        }
    }

    fn of(issuer: &Issuer) -> Self {
        let certificate = issuer.certificate.as_ref().map(|der| BASE64_STANDARD.encode(der));
        Self { name: issuer.name.clone(), spki: issuer.key, certificate }
    }
}

fn count(what: &'static str, count: usize, least: usize, most: usize) -> Result<(), InvalidSet> {
    if (least..=most).contains(&count) { Ok(()) } else { Err(InvalidSet::Count { what, count, least, most }) }
}

/// A host's name, or `*.` and a name of two labels at least: `*.com` would be everybody.
fn is_pattern(pattern: &str) -> bool {
    let (name, labels_min) = match pattern.strip_prefix("*.") {
        Some(name) => (name, 2),
        None => (pattern, 1),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    name.len() <= 253 && name.split('.').count() >= labels_min && name.split('.').all(is_label)
}
