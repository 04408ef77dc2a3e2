//! `policy.toml` as it is written, and how it becomes a policy.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use model::Sha256;
use serde::Deserialize;

use crate::certificate::{Certificate, spki_sha256};
use crate::chain::Anchors;
use crate::limits::POLICY_BYTES_MAX;
use crate::policy::{Class, ClassRules, Form, Policy, Rule, Use};

/// What is wrong with a policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not of the form it has to have.
    #[error("the policy cannot be read")]
    Form(#[source] Box<toml::de::Error>),
    /// Longer than any policy.
    #[error("the policy has more than {POLICY_BYTES_MAX} bytes")]
    TooLong,
    /// A certificate is not there.
    #[error("the certificate {0} is not there")]
    Missing(String),
    /// A certificate cannot be used.
    #[error("{file} cannot be used as a root certificate: {detail}")]
    Certificate {
        /// Which.
        file: String,
        /// Why.
        detail: String,
    },
    /// A certificate is not the one that the policy describes.
    #[error("{file} is not the certificate that the policy describes: its {what} is {found}")]
    Fingerprint {
        /// Which.
        file: String,
        /// Certificate or key.
        what: &'static str,
        /// What was found.
        found: Sha256,
    },
    /// A name that nothing bears.
    #[error("the policy names {0}, which it does not describe")]
    Unknown(String),
    /// A purpose that is no object identifier.
    #[error("{0} is no purpose: an object identifier such as 1.3.6.1.5.5.7.3.3 is one")]
    Purpose(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    root: Vec<RootEntry>,
    #[serde(default)]
    issuer: Vec<IssuerEntry>,
    #[serde(default)]
    class: BTreeMap<Class, ClassEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RootEntry {
    name: String,
    file: String,
    certificate: String,
    key: String,
    vouches: Vec<Use>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerEntry {
    name: String,
    key: String,
    root: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassEntry {
    takes: Vec<Form>,
    timestamp: bool,
    foreign_signers: bool,
    several_certificates: bool,
    #[serde(default)]
    strict_revocation: bool,
    #[serde(default)]
    local: bool,
    #[serde(default)]
    allow: Vec<RuleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    issuers: Vec<String>,
    purposes: Vec<String>,
    names: Vec<String>,
    organization: Option<String>,
}

/// The certificates that come with this program; `roots/README.md` says where from.
const ROOTS: &[(&str, &[u8])] = &[
    ("root-2010.der", include_bytes!("../../roots/root-2010.der")),
    ("root-2011.der", include_bytes!("../../roots/root-2011.der")),
    ("ecc-product-root-2018.der", include_bytes!("../../roots/ecc-product-root-2018.der")),
    ("time-stamp-root-2014.der", include_bytes!("../../roots/time-stamp-root-2014.der")),
    ("ecc-time-stamp-root-2018.der", include_bytes!("../../roots/ecc-time-stamp-root-2018.der")),
    ("root-2001.der", include_bytes!("../../roots/root-2001.der")),
    ("rsa-root-2017.der", include_bytes!("../../roots/rsa-root-2017.der")),
    ("ecc-root-2017.der", include_bytes!("../../roots/ecc-root-2017.der")),
    ("identity-verification-root-2020.der", include_bytes!("../../roots/identity-verification-root-2020.der")),
];

/// The policy that comes with this program.
pub(super) fn builtin() -> Result<Policy, PolicyError> {
    let file = |name: &str| ROOTS.iter().find(|(known, _)| *known == name).map(|(_, bytes)| bytes.to_vec());
    read(include_str!("../../policy.toml"), &file)
}

/// Reads a policy.
pub(super) fn read(text: &str, file: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Policy, PolicyError> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(PolicyError::TooLong);
    }
    let document: Document = toml::from_str(text).map_err(|error| PolicyError::Form(Box::new(error)))?;
    let mut policy = Policy {
        version: document.version,
        publishers: Anchors::default(),
        timestamps: Anchors::default(),
        local_timestamps: Anchors::default(),
        legacy: Anchors::default(),
        nothing: Anchors::default(),
        root_names: BTreeMap::new(),
        vouches: BTreeMap::new(),
        issuer_names: BTreeMap::new(),
        classes: BTreeMap::new(),
        local: Vec::new(),
        // The certificates are pinned by the text, so that it stands for all.
        fingerprint: text.as_bytes().to_vec(),
    };
    let mut roots = BTreeMap::new();
    for root in document.root {
        let key = add_root(&mut policy, &root, file)?;
        policy.root_names.insert(key, root.name.clone());
        policy.vouches.entry(key).or_default().extend(&root.vouches);
        roots.insert(root.name, key);
    }
    let mut issuers = BTreeMap::new();
    for issuer in document.issuer {
        let root = *roots.get(&issuer.root).ok_or_else(|| PolicyError::Unknown(issuer.root.clone()))?;
        let key = digest(&issuer.key)?;
        policy.issuer_names.insert(key, issuer.name.clone());
        issuers.insert(issuer.name, (root, key));
    }
    for (class, entry) in document.class {
        policy.classes.insert(class, class_rules(entry, &issuers)?);
    }
    Ok(policy)
}

fn add_root(
    policy: &mut Policy,
    root: &RootEntry,
    file: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Sha256, PolicyError> {
    let bytes = file(&root.file).ok_or_else(|| PolicyError::Missing(root.file.clone()))?;
    let invalid = |detail: String| PolicyError::Certificate { file: root.file.clone(), detail };
    let certificate = Certificate::read(&bytes).map_err(|fault| invalid(fault.detail))?;
    let differs = |what, found| PolicyError::Fingerprint { file: root.file.clone(), what, found };
    let (whole, key) = (spki_sha256(&bytes), certificate.spki_sha256());
    if whole != digest(&root.certificate)? {
        return Err(differs("fingerprint", whole));
    }
    if key != digest(&root.key)? {
        return Err(differs("key", key));
    }
    for vouches in &root.vouches {
        let anchors = match vouches {
            Use::Publishers => &mut policy.publishers,
            Use::Timestamps => &mut policy.timestamps,
            Use::Legacy => &mut policy.legacy,
            Use::Nothing => &mut policy.nothing,
            // Not a word of the file: such roots come from the caller.
            Use::LocalPublishers => continue,
        };
        anchors.add(&bytes).map_err(|error| invalid(error.to_string()))?;
    }
    Ok(key)
}

fn class_rules(entry: ClassEntry, issuers: &BTreeMap<String, (Sha256, Sha256)>) -> Result<ClassRules, PolicyError> {
    let issuer = |name: &String| issuers.get(name).copied().ok_or_else(|| PolicyError::Unknown(name.clone()));
    let rule = |rule: RuleEntry| -> Result<Rule, PolicyError> {
        Ok(Rule {
            issuers: rule.issuers.iter().map(issuer).collect::<Result<_, _>>()?,
            purposes: rule.purposes.iter().map(|text| purpose(text)).collect::<Result<_, _>>()?,
            names: rule.names,
            organization: rule.organization,
        })
    };
    Ok(ClassRules {
        takes: entry.takes,
        timestamp: entry.timestamp,
        foreign_signers: entry.foreign_signers,
        several_certificates: entry.several_certificates,
        strict_revocation: entry.strict_revocation,
        local: entry.local,
        allow: entry.allow.into_iter().map(rule).collect::<Result<_, _>>()?,
    })
}

fn digest(text: &str) -> Result<Sha256, PolicyError> {
    text.parse().map_err(|_| PolicyError::Unknown(text.to_owned()))
}

/// The bytes of an object identifier that is written in dots.
pub(super) fn purpose(text: &str) -> Result<Vec<u8>, PolicyError> {
    let invalid = || PolicyError::Purpose(text.to_owned());
    let arcs: Vec<u64> = text.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| invalid())?;
    let [top, second, rest @ ..] = arcs.as_slice() else { return Err(invalid()) };
    let first = top.checked_mul(40).and_then(|top| top.checked_add(*second)).ok_or_else(invalid)?;
    let mut bytes = Vec::new();
    for arc in std::iter::once(first).chain(rest.iter().copied()) {
        let groups = (64 - arc.leading_zeros()).div_ceil(7).max(1);
        for group in (0..groups).rev() {
            let bits = u8::try_from(arc >> (7 * group) & 0x7f).unwrap_or(0);
            bytes.push(if group == 0 { bits } else { bits | 0x80 });
        }
    }
    // What is read back is what was written, or it was no identifier.
    let mut shown = String::new();
    let _ = write!(shown, "{}", crate::der::Oid(&bytes));
    if shown == text { Ok(bytes) } else { Err(invalid()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_that_comes_with_the_program_can_be_read() {
        let policy = builtin().unwrap();
        assert_eq!(policy.classes.len(), Class::ALL.len());
        assert_eq!(policy.root_names.len(), ROOTS.len());
    }

    #[test]
    fn a_root_that_was_swapped_is_noticed() {
        let text = include_str!("../../policy.toml");
        let other = ROOTS[1].1.to_vec();
        let error = read(text, &|_| Some(other.clone())).unwrap_err();
        assert!(matches!(error, PolicyError::Fingerprint { what: "fingerprint", .. }), "{error}");
        let error = read(text, &|_| None).unwrap_err();
        assert!(matches!(error, PolicyError::Missing(_)), "{error}");
    }

    #[test]
    fn a_purpose_survives_its_text() {
        assert_eq!(purpose("1.3.6.1.4.1.311.10.3.13").unwrap(), crate::oid::LIFETIME_SIGNING.0);
        assert_eq!(purpose("1.3.6.1.5.5.7.3.3").unwrap(), crate::oid::CODE_SIGNING.0);
        for wrong in ["", "1", "1.x", "code signing", "1.99.3", "01.3.6"] {
            assert!(purpose(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_policy_names_it_has_to_describe() {
        let text = "version = 1\n[class.ms-app]\ntakes = []\ntimestamp = true\nforeign_signers = false\n\
                    several_certificates = false\n[[class.ms-app.allow]]\nissuers = [\"nobody\"]\npurposes = []\nnames = []\n";
        let error = read(text, &|_| None).unwrap_err();
        assert_eq!(error.to_string(), "the policy names nobody, which it does not describe");
        assert!(matches!(read("version = 1\nextra = 2", &|_| None), Err(PolicyError::Form(_))));
    }
}
