//! Authorities and purposes that an administrator looked at, before a newer policy knows them.

use model::Sha256;
use serde::{Deserialize, Serialize};

use crate::policy::document::purpose;
use crate::policy::{Class, Policy, PolicyError, Rule};

/// An authority and the purposes of its signers, compared with what the publisher says by another way.
///
/// It adds to the roots of publishers nothing: a path from a signer to one of them has to exist all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// What such signers may sign.
    pub class: Class,
    /// SHA-256 of the authority's public key (SubjectPublicKeyInfo), as a verdict shows it.
    pub issuer: Sha256,
    /// Purposes of which its signers need one, as object identifiers.
    pub purposes: Vec<String>,
    /// Common names of signers.
    pub names: Vec<String>,
}

impl Policy {
    /// Adds an authority that was looked at.
    ///
    /// # Errors
    /// [`PolicyError::Purpose`] for what is no object identifier, [`PolicyError::Unknown`] for a class without rules, for this
    /// organization's own publishers, or when nobody is named: each of these would say nothing.
    pub fn add_reviewed(&mut self, reviewed: &Reviewed) -> Result<(), PolicyError> {
        let unknown = |what: &str| PolicyError::Unknown(what.to_owned());
        if reviewed.purposes.is_empty() || reviewed.names.is_empty() {
            return Err(unknown("neither a purpose nor a name of signers"));
        }
        let purposes = reviewed.purposes.iter().map(|text| purpose(text)).collect::<Result<_, _>>()?;
        let issuers = self.root_names.keys().filter(|root| !self.local.contains(root));
        let rule = Rule {
            issuers: issuers.map(|root| (*root, reviewed.issuer)).collect(),
            purposes,
            names: reviewed.names.clone(),
            organization: None,
        };
        let rules = self.classes.get_mut(&reviewed.class).filter(|rules| !rules.local);
        rules.ok_or_else(|| unknown(reviewed.class.name()))?.allow.push(rule);
        // In full and with its lengths, so that no two sets of additions look alike.
        let text = format!("{reviewed:?}");
        self.fingerprint.extend_from_slice(&(text.len() as u64).to_be_bytes());
        self.fingerprint.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviewed() -> Reviewed {
        Reviewed {
            class: Class::OsUpdate,
            issuer: Sha256::new([7; 32]),
            purposes: vec!["1.3.6.1.4.1.311.76.6.1".into()],
            names: vec!["Microsoft Windows".into()],
        }
    }

    #[test]
    fn what_was_looked_at_is_part_of_the_policy_and_of_its_name() {
        let (mut policy, before) = (Policy::builtin(), Policy::builtin());
        policy.add_reviewed(&reviewed()).unwrap();
        assert_ne!(policy.fingerprint(), before.fingerprint());
        let allowed = |policy: &Policy| {
            let summary = policy.summary();
            summary.classes.into_iter().find(|class| class.class == Class::OsUpdate).unwrap().allow
        };
        let (added, known) = (allowed(&policy), allowed(&before));
        assert_eq!(added.len(), known.len() + 1);
        assert_eq!(added.last().unwrap().purposes, reviewed().purposes);
    }

    #[test]
    fn what_would_say_nothing_or_too_much_is_refused() {
        let mut policy = Policy::builtin();
        for wrong in [
            Reviewed { purposes: Vec::new(), ..reviewed() },
            Reviewed { names: Vec::new(), ..reviewed() },
            Reviewed { class: Class::LocalPublish, ..reviewed() },
            Reviewed { purposes: vec!["windows".into()], ..reviewed() },
        ] {
            assert!(policy.add_reviewed(&wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(policy.fingerprint(), Policy::builtin().fingerprint());
    }
}
