//! The policy for people and programs to look at.

use model::Sha256;
use serde::Serialize;

use crate::der::Oid;
use crate::policy::{Class, Form, Policy, Rule};

/// What the policy says, in words.
#[derive(Debug, Clone, Serialize)]
pub struct PolicySummary {
    /// Version of the file.
    pub version: u32,
    /// Names all that decides.
    pub fingerprint: Sha256,
    /// Roots that are known, whatever they vouch for.
    pub roots: Vec<RootSummary>,
    /// The classes and their rules.
    pub classes: Vec<ClassSummary>,
}

/// A root.
#[derive(Debug, Clone, Serialize)]
pub struct RootSummary {
    /// What it is called.
    pub name: String,
    /// SHA-256 of its public key.
    pub key: Sha256,
    /// For what it vouches, in the policy's words: `nothing` is known, and trusted for nothing.
    pub vouches: Vec<String>,
}

/// A class of content.
#[derive(Debug, Clone, Serialize)]
pub struct ClassSummary {
    /// Which.
    pub class: Class,
    /// Forms of files that belong to it.
    pub takes: Vec<Form>,
    /// Whether signatures need a timestamp.
    pub timestamp: bool,
    /// Whether others may sign beside.
    pub foreign_signers: bool,
    /// Whether an image may carry several independent signatures.
    pub several_certificates: bool,
    /// Whether a later revocation makes older signatures worthless, whatever its reason.
    pub strict_revocation: bool,
    /// Whether this organization's own publishers are who is allowed.
    pub local: bool,
    /// Who is allowed.
    pub allow: Vec<RuleSummary>,
}

/// Who is allowed.
#[derive(Debug, Clone, Serialize)]
pub struct RuleSummary {
    /// Authorities, any of them.
    pub issuers: Vec<String>,
    /// Purposes, any of them.
    pub purposes: Vec<String>,
    /// Common names of signers, any of them.
    pub names: Vec<String>,
    /// Their organization.
    pub organization: Option<String>,
}

impl Policy {
    /// The policy for people and programs to look at.
    pub fn summary(&self) -> PolicySummary {
        let classes = self.classes.iter().map(|(class, rules)| ClassSummary {
            class: *class,
            takes: rules.takes.clone(),
            timestamp: rules.timestamp,
            foreign_signers: rules.foreign_signers,
            several_certificates: rules.several_certificates,
            strict_revocation: rules.strict_revocation,
            local: rules.local,
            allow: rules.allow.iter().map(|rule| self.rule_summary(rule)).collect(),
        });
        let roots = self.root_names.iter().map(|(key, name)| RootSummary {
            name: name.clone(),
            key: *key,
            vouches: self.vouches.get(key).into_iter().flatten().map(|vouches| vouches.name().to_owned()).collect(),
        });
        PolicySummary {
            version: self.version,
            fingerprint: self.fingerprint(),
            roots: roots.collect(),
            classes: classes.collect(),
        }
    }

    fn rule_summary(&self, rule: &Rule) -> RuleSummary {
        let name = |key: &Sha256| self.issuer_names.get(key).cloned().unwrap_or_else(|| key.to_string());
        RuleSummary {
            issuers: rule.issuers.iter().map(|(_, issuer)| name(issuer)).collect(),
            purposes: rule.purposes.iter().map(|purpose| Oid(purpose).to_string()).collect(),
            names: rule.names.clone(),
            organization: rule.organization.clone(),
        }
    }
}
