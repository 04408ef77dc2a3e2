//! A publisher that never was, a policy that allows it, and files it signed.

use std::io::Cursor;
use std::sync::LazyLock;

use authenticode::{
    Class, Examination, Outcome, Policy, Question, Reason, RevocationDemand, RevocationLists, Trust, Verdict, Weight,
    examine,
};
use forge::certificate::at;
use forge::compound::Item;
use forge::{Authority, Digest, Publisher, Signing, cabinet, catalog, compound, crl, image};
use model::Timestamp;

/// Windows System Component Verification.
pub(crate) const SYSTEM_COMPONENT: &str = "1.3.6.1.4.1.311.10.3.6";

/// The publisher, and those whom the policy knows beside.
pub(crate) struct Estate {
    pub(crate) publisher: Publisher,
    /// A root that vouches for nothing.
    pub(crate) forbidden: Authority,
    pub(crate) policy: Policy,
}

pub(crate) static ESTATE: LazyLock<Estate> = LazyLock::new(|| {
    let publisher = Publisher::new("Forged");
    let forbidden = Authority::root("Forged Web Root");
    let policy = policy(&publisher, &forbidden, None);
    Estate { publisher, forbidden, policy }
});

/// The policy with a root of old besides, which vouches for signatures with SHA-1 and for nothing else.
pub(crate) fn policy_with_legacy(old: &Authority) -> Policy {
    policy(&ESTATE.publisher, &ESTATE.forbidden, Some(old))
}

/// For what time files are judged, unless a test says otherwise.
pub(crate) fn now() -> Timestamp {
    at("2026-12-01T00:00:00Z")
}

fn policy(publisher: &Publisher, forbidden: &Authority, old: Option<&Authority>) -> Policy {
    let hex = |bytes: &[u8]| hex::encode(Digest::Sha256.of(bytes));
    let root = |name: &str, authority: &Authority, vouches: &str| {
        let identity = &authority.identity;
        let (certificate, key) = (hex(&identity.certificate), hex(&identity.key.spki()));
        format!(
            "[[root]]\nname = \"{name}\"\nfile = \"{name}\"\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n\
             vouches = [\"{vouches}\"]\n"
        )
    };
    let class = |name: &str, purpose: &str, foreign: bool, several: bool| {
        format!(
            "[class.{name}]\ntakes = [\"image\", \"cabinet\", \"installer\", \"catalog\"]\ntimestamp = true\n\
             foreign_signers = {foreign}\nseveral_certificates = {several}\n[[class.{name}.allow]]\n\
             issuers = [\"issuer\"]\npurposes = [\"{purpose}\"]\nnames = [\"Forged\"]\norganization = \"Forged Corporation\"\n"
        )
    };
    let issuer = hex(&publisher.issuer.identity.key.spki());
    let text = [
        "version = 7\n".to_owned(),
        root("root", &publisher.root, "publishers"),
        root("time", &publisher.time_root, "timestamps"),
        root("web", forbidden, "nothing"),
        old.map(|old| root("old", old, "legacy")).unwrap_or_default(),
        format!("[[issuer]]\nname = \"issuer\"\nkey = \"{issuer}\"\nroot = \"root\"\n"),
        class("ms-app", forge::certificate::CODE_SIGNING, false, false),
        class("os-update", SYSTEM_COMPONENT, false, false),
        class("driver-whql", forge::certificate::CODE_SIGNING, true, true),
        "[class.definition]\ntakes = [\"image\", \"cabinet\", \"installer\", \"catalog\"]\ntimestamp = false\nforeign_signers = false\n\
         several_certificates = false\nstrict_revocation = true\n[[class.definition.allow]]\nissuers = [\"issuer\"]\n\
         purposes = [\"1.3.6.1.5.5.7.3.3\"]\nnames = [\"Forged\"]\n"
            .to_owned(),
        "[class.local-publish]\ntakes = [\"image\"]\ntimestamp = false\nforeign_signers = false\n\
         several_certificates = false\nlocal = true\n"
            .to_owned(),
    ]
    .concat();
    let file = |name: &str| match name {
        "root" => Some(publisher.root.identity.certificate.clone()),
        "time" => Some(publisher.time_root.identity.certificate.clone()),
        "web" => Some(forbidden.identity.certificate.clone()),
        "old" => old.map(|old| old.identity.certificate.clone()),
        _ => None,
    };
    Policy::read(&text, &file).unwrap()
}

impl Estate {
    /// Everybody who issues certificates that are trusted.
    pub(crate) fn authorities(&self) -> [&Authority; 3] {
        [&self.publisher.root, &self.publisher.issuer, &self.publisher.time_root]
    }

    /// The policy, and a current revocation list of each authority with these certificates taken back.
    pub(crate) fn trust(&self, revoked: &[crl::Revoked]) -> Trust {
        let mut lists = RevocationLists::new();
        for authority in self.authorities() {
            let list = crl::list(authority, at("2026-11-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), revoked);
            lists.add(&list).unwrap();
        }
        Trust { policy: self.policy.clone(), revocation_lists: lists }
    }
}

/// What is asked of most files.
pub(crate) fn question(class: Class) -> Question {
    Question { class, at: now(), revocation: RevocationDemand::Known, expected: None }
}

/// Examines and judges, by what is kept of it as well: that must come to the same.
pub(crate) fn judge(trust: &Trust, bytes: &[u8], question: &Question) -> Verdict {
    let examination = examine(&mut Cursor::new(bytes)).unwrap();
    let verdict = trust.judge(&examination, question);
    if let Some(kept) = examination.encode() {
        assert_eq!(trust.judge(&Examination::decode(&kept).unwrap(), question), verdict);
    }
    verdict
}

/// The forms in which files are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Image32,
    Image64,
    ImageWithPages,
    Cabinet,
    Installer,
    InstallerWithMetadata,
    Catalog,
}

impl Form {
    pub(crate) const ALL: [Self; 7] = [
        Self::Image32,
        Self::Image64,
        Self::ImageWithPages,
        Self::Cabinet,
        Self::Installer,
        Self::InstallerWithMetadata,
        Self::Catalog,
    ];

    /// A small file of this form, signed.
    pub(crate) fn sign(self, signing: &Signing<'_>) -> Vec<u8> {
        match self {
            Self::Image32 => image::sign(&image::image(false, &[700]), signing, false),
            Self::Image64 => image::sign(&image::image(true, &[700, 300]), signing, false),
            Self::ImageWithPages => image::sign(&image::image(true, &[9000, 300]), signing, true),
            Self::Cabinet => cabinet::sign(&cabinet::cabinet(&[42; 900], true), signing),
            Self::Installer => compound::sign(&compound::sample(), signing, false),
            Self::InstallerWithMetadata => compound::sign(&compound::sample(), signing, true),
            Self::Catalog => catalog::sign(&[(Digest::Sha256, vec![1; 32]), (Digest::Sha1, vec![2; 20])], signing),
        }
    }

    /// A file of this form that nobody signed.
    pub(crate) fn unsigned(self) -> Option<Vec<u8>> {
        match self {
            Self::Image32 => Some(image::image(false, &[700])),
            Self::Image64 | Self::ImageWithPages => Some(image::image(true, &[700, 300])),
            Self::Cabinet => Some(cabinet::cabinet(&[42; 900], true)),
            Self::Installer => Some(compound::file(&compound::sample())),
            Self::InstallerWithMetadata => {
                Some(compound::file(&[Item::Stream("\u{5}MsiDigitalSignatureEx".to_owned(), vec![1; 32])]))
            }
            Self::Catalog => None,
        }
    }
}

/// What is expected of a verdict.
pub(crate) type Expected = (Outcome, Option<Reason>);

pub(crate) const ACCEPTED: Expected = (Outcome::Accepted, None);

pub(crate) fn noted(reason: Reason) -> Expected {
    (Outcome::Accepted, Some(reason))
}

pub(crate) fn refused(reason: Reason) -> Expected {
    (Outcome::Refused, Some(reason))
}

pub(crate) fn quarantined(reason: Reason) -> Expected {
    (Outcome::Quarantined, Some(reason))
}

/// Compares many verdicts and tells of all that differ at once.
#[derive(Default)]
pub(crate) struct Comparison {
    pub(crate) count: usize,
    different: Vec<String>,
}

impl Comparison {
    pub(crate) fn check(&mut self, name: &str, verdict: &Verdict, expected: Expected) {
        self.count += 1;
        // The expected reason is among those that decide: a file with two faults has two reasons.
        let deciding = verdict.reasons.first().map(|finding| finding.weight);
        let is_there =
            |reason| verdict.reasons.iter().any(|finding| Some(finding.weight) == deciding && finding.reason == reason);
        let fits = verdict.outcome == expected.0
            && match expected.1 {
                Some(reason) => is_there(reason),
                None => verdict.reasons.iter().all(|finding| finding.weight == Weight::Note),
            };
        if !fits {
            let reasons: Vec<String> = verdict.reasons.iter().map(ToString::to_string).collect();
            self.different.push(format!("{name}: expected {expected:?}, found {:?} {reasons:#?}", verdict.outcome));
        }
    }

    pub(crate) fn finish(self, at_least: usize) {
        let shown: Vec<_> = self.different.iter().take(20).collect();
        assert!(self.different.is_empty(), "{} of {} differ: {shown:#?}", self.different.len(), self.count);
        assert!(self.count >= at_least, "only {} cases", self.count);
    }
}
