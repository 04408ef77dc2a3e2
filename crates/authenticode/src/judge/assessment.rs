//! A signer as far as it is known, and what there is to say of it.

use model::Timestamp;

use crate::certificate::Certificate;
use crate::chain::Path;
use crate::examine::Signature;
use crate::judge::Trust;
use crate::reason::Reason;
use crate::verdict::{Finding, Signer, Standing, Weight};

/// A signer, and what is to say of it if the verdict depends on it.
pub(super) struct Assessment {
    pub(super) signer: Signer,
    pub(super) findings: Vec<Finding>,
}

impl Assessment {
    /// Of a signature of which nothing is known yet.
    pub(super) fn of_unknown(signature: &Signature) -> Self {
        let signer = Signer {
            signature: signature.position.clone(),
            standing: Standing::Refused,
            name: String::new(),
            organization: None,
            issuer: String::new(),
            purposes: Vec::new(),
            digest: signature.digest,
            not_before: Timestamp::UNIX_EPOCH,
            not_after: Timestamp::UNIX_EPOCH,
            signed_at: None,
            timestamp_authority: None,
            chain: Vec::new(),
            root: None,
            lists: Vec::new(),
        };
        Self { signer, findings: Vec::new() }
    }

    pub(super) fn describe(&mut self, certificate: &Certificate<'_>, signature: &Signature) {
        let signer = &mut self.signer;
        signer.name = certificate.subject.shown();
        signer.organization = certificate.subject.organization();
        signer.issuer = certificate.issuer.shown();
        let purposes = certificate.purposes.as_deref().unwrap_or_default();
        signer.purposes = purposes.iter().map(ToString::to_string).collect();
        (signer.not_before, signer.not_after) = (certificate.not_before, certificate.not_after);
        if let Some(stamp) = &signature.stamp {
            signer.signed_at = Some(stamp.time);
            signer.timestamp_authority =
                Certificate::read(&stamp.signer).ok().map(|authority| authority.subject.shown());
        }
    }

    pub(super) fn describe_path(&mut self, trust: &Trust, path: &Path) {
        self.signer.chain.clone_from(&path.keys);
        self.signer.root = path.root().and_then(|root| trust.policy.root_name(root)).map(str::to_owned);
    }

    pub(super) fn add(&mut self, reason: Reason, weight: Weight, detail: impl Into<String>) {
        let signature = Some(self.signer.signature.clone());
        self.findings.push(Finding { reason, weight, signature, detail: detail.into() });
    }

    pub(super) fn refuse(&mut self, reason: Reason, detail: impl Into<String>) {
        self.signer.standing = Standing::Refused;
        self.add(reason, Weight::Refuse, detail);
    }

    pub(super) fn foreign(&mut self, reason: Reason, detail: impl Into<String>) {
        self.signer.standing = Standing::Foreign;
        self.add(reason, Weight::Refuse, detail);
    }

    pub(super) fn quarantine(&mut self, reason: Reason, detail: impl Into<String>) {
        self.signer.standing = Standing::Unknown;
        self.add(reason, Weight::Quarantine, detail);
    }
}
