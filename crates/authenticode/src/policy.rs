//! Who may have signed what: a versioned file of data, `policy.toml`, and what the caller adds to it.

mod document;
mod reviewed;
mod summary;

use std::collections::BTreeMap;

use model::Sha256;
use pki_types::CertificateDer;
use pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};

use crate::certificate::Certificate;
use crate::chain::Anchors;
use crate::der::Oid;
use crate::oid;

pub use self::document::PolicyError;
pub use self::reviewed::Reviewed;
pub use self::summary::{ClassSummary, PolicySummary, RootSummary, RuleSummary};

/// A class of content. Each has its own rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Windows itself.
    OsUpdate,
    /// Microsoft's other products.
    MsApp,
    /// Drivers that Microsoft signed for others.
    DriverWhql,
    /// Definitions of Microsoft's malware protection.
    Definition,
    /// Packages of the Store.
    StoreApp,
    /// What this organization publishes itself.
    LocalPublish,
}

impl Class {
    /// Every class, in the order in which they are tried when none is named.
    pub const ALL: [Self; 6] =
        [Self::OsUpdate, Self::MsApp, Self::DriverWhql, Self::Definition, Self::StoreApp, Self::LocalPublish];

    /// The name used in the policy and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::OsUpdate => "os-update",
            Self::MsApp => "ms-app",
            Self::DriverWhql => "driver-whql",
            Self::Definition => "definition",
            Self::StoreApp => "store-app",
            Self::LocalPublish => "local-publish",
        }
    }
}

/// The forms of files that can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A program, library or driver (PE).
    Image,
    /// A cabinet, or an update package (MSU) that is one.
    Cabinet,
    /// A database or patch of the Windows Installer (MSI, MSP): a compound file.
    Installer,
    /// A catalog (CAT): a signed list of digests.
    Catalog,
}

/// The policy in force.
#[derive(Debug, Clone)]
pub struct Policy {
    version: u32,
    publishers: Anchors,
    timestamps: Anchors,
    /// Who may attest the times of this organization's own publishers, and of nobody else.
    local_timestamps: Anchors,
    legacy: Anchors,
    /// Roots that vouch for nothing: known, so that a path to them is told apart from one to a stranger.
    nothing: Anchors,
    root_names: BTreeMap<Sha256, String>,
    /// For what each root vouches.
    vouches: BTreeMap<Sha256, Vec<Use>>,
    issuer_names: BTreeMap<Sha256, String>,
    classes: BTreeMap<Class, ClassRules>,
    /// Roots of this organization's own publishers.
    local: Vec<Sha256>,
    /// SHA-256 of everything that the policy consists of.
    fingerprint: Vec<u8>,
}

/// For what a root vouches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Use {
    Publishers,
    Timestamps,
    Legacy,
    Nothing,
    /// This organization's own publishers and their times; not a word of the file.
    #[serde(skip)]
    LocalPublishers,
}

impl Use {
    fn name(self) -> &'static str {
        match self {
            Self::Publishers => "publishers",
            Self::Timestamps => "timestamps",
            Self::Legacy => "legacy",
            Self::Nothing => "nothing",
            Self::LocalPublishers => "local publishers",
        }
    }
}

/// The rules of one class.
#[derive(Debug, Clone)]
pub(crate) struct ClassRules {
    pub(crate) takes: Vec<Form>,
    pub(crate) timestamp: bool,
    pub(crate) foreign_signers: bool,
    pub(crate) several_certificates: bool,
    pub(crate) strict_revocation: bool,
    local: bool,
    allow: Vec<Rule>,
}

/// Who is allowed.
#[derive(Debug, Clone)]
struct Rule {
    /// Root and issuer, by their keys.
    issuers: Vec<(Sha256, Sha256)>,
    /// Any of these; codeSigning is asked for anyway.
    purposes: Vec<Vec<u8>>,
    names: Vec<String>,
    organization: Option<String>,
}

/// What a class says of a signer whose path leads to a root for publishers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Allowed,
    UnknownIssuer,
    UnknownPurpose,
    WrongPublisher,
}

impl Policy {
    /// The policy that comes with this program.
    pub fn builtin() -> Self {
        document::builtin().expect("a test reads the policy that comes with the program")
    }

    /// Reads a policy of the form of `policy.toml`; `file` gives the certificates (DER) it names.
    ///
    /// # Errors
    /// [`PolicyError`] names what is wrong.
    pub fn read(text: &str, file: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Self, PolicyError> {
        document::read(text, file)
    }

    /// Adds the authority of this organization's own publisher: a root certificate (DER or PEM) for the class
    /// `local-publish`, and for the timestamps of that class.
    ///
    /// # Errors
    /// [`PolicyError`] if this is no certificate of an authority.
    pub fn add_local_publisher(&mut self, certificate: &[u8]) -> Result<(), PolicyError> {
        let invalid =
            |detail: String| PolicyError::Certificate { file: "the local publisher's certificate".to_owned(), detail };
        let pem = CertificateDer::from_pem_slice(certificate).ok();
        let certificate = pem.as_deref().unwrap_or(certificate);
        let read = Certificate::read(certificate).map_err(|fault| invalid(fault.detail))?;
        let (key, name) = (read.spki_sha256(), read.subject.shown());
        self.publishers.add(certificate).map_err(|error| invalid(error.to_string()))?;
        self.local_timestamps.add(certificate).map_err(|error| invalid(error.to_string()))?;
        self.root_names.insert(key, name);
        self.vouches.entry(key).or_default().push(Use::LocalPublishers);
        self.local.push(key);
        self.fingerprint.extend_from_slice(key.as_bytes());
        Ok(())
    }

    /// The version of the file.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Names all that decides: two policies with the same fingerprint give the same verdicts.
    pub fn fingerprint(&self) -> Sha256 {
        crate::certificate::spki_sha256(&self.fingerprint)
    }

    pub(crate) fn publishers(&self) -> &Anchors {
        &self.publishers
    }

    /// Who may attest times in a class.
    pub(crate) fn timestamps(&self, rules: &ClassRules) -> impl Iterator<Item = &Anchors> {
        [&self.timestamps].into_iter().chain(rules.local.then_some(&self.local_timestamps))
    }

    pub(crate) fn legacy(&self) -> &Anchors {
        &self.legacy
    }

    pub(crate) fn nothing(&self) -> &Anchors {
        &self.nothing
    }

    pub(crate) fn rules(&self, class: Class) -> Option<&ClassRules> {
        self.classes.get(&class)
    }

    /// What a root is called.
    pub(crate) fn root_name(&self, key: Sha256) -> Option<&str> {
        self.root_names.get(&key).map(String::as_str)
    }

    /// What `class` says of a signer.
    pub(crate) fn standing(
        &self,
        rules: &ClassRules,
        root: Sha256,
        issuer: Sha256,
        signer: &Certificate<'_>,
    ) -> Standing {
        if rules.local {
            return if self.local.contains(&root) { Standing::Allowed } else { Standing::WrongPublisher };
        }
        // Whoever publishes here publishes nothing of others'.
        if self.local.contains(&root) {
            return Standing::WrongPublisher;
        }
        let by_issuer = || rules.allow.iter().filter(|rule| rule.issuers.contains(&(root, issuer)));
        if by_issuer().next().is_none() {
            return Standing::UnknownIssuer;
        }
        let by_purpose =
            || by_issuer().filter(|rule| rule.purposes.iter().any(|purpose| signer.has_purpose(Oid(purpose))));
        if by_purpose().next().is_none() {
            return Standing::UnknownPurpose;
        }
        let name = signer.subject.common_name().unwrap_or_default();
        let organization = signer.subject.organization();
        let is_named = |rule: &Rule| {
            rule.names.contains(&name) && (rule.organization.is_none() || rule.organization == organization)
        };
        if by_purpose().any(is_named) { Standing::Allowed } else { Standing::WrongPublisher }
    }
}

/// What a signer's key has to be for, whatever the class.
pub(crate) const PURPOSE: Oid<'static> = oid::CODE_SIGNING;
