//! Whether what a file shows is enough: publishers, time, revocation, and what to make of several signatures.

mod assess;
mod assessment;
mod strays;

use model::{Sha256, Timestamp};
use serde::{Deserialize, Serialize};

use crate::crl::RevocationLists;
use crate::examine::Examination;
use crate::fault::Fault;
use crate::policy::{Class, ClassRules, Policy};
use crate::reason::Reason;
use crate::verdict::{Finding, Outcome, Signer, Standing, Verdict, VerdictKey, Weight};

use self::assess::assess;
use self::assessment::Assessment;

/// Whom to trust: the policy, and the revocation lists at hand.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Who may have signed what.
    pub policy: Policy,
    /// Which certificates were taken back.
    pub revocation_lists: RevocationLists,
}

/// What is asked about a file.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// What the file is said to be.
    pub class: Class,
    /// For what time; usually now.
    pub at: Timestamp,
    /// What to do where no current revocation list is at hand.
    pub revocation: RevocationDemand,
    /// The digest that metadata promise, if any.
    pub expected: Option<Sha256>,
}

/// What to do where no current revocation list is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationDemand {
    /// Refuse: where files are taken in.
    Known,
    /// Note it: where files are used, which may be away from any network.
    IfAtHand,
}

impl Trust {
    /// Under what the answer to a question may be kept.
    pub fn key(&self, examination: &Examination, question: &Question) -> VerdictKey {
        VerdictKey {
            sha256: examination.sha256,
            class: question.class,
            policy: self.policy.fingerprint(),
            revocation_lists: self.revocation_lists.id(),
            revocation: question.revocation,
            expected: question.expected,
        }
    }

    /// Judges a file by what it shows.
    pub fn judge(&self, examination: &Examination, question: &Question) -> Verdict {
        let mut findings: Vec<Finding> = examination.faults.iter().map(refusal).collect();
        let mut signers = Vec::new();
        let mut signed_at = None;
        if question.expected.is_some_and(|expected| expected != examination.sha256) {
            findings.push(finding(Reason::FileDigestMismatch, Weight::Refuse, None, examination.sha256.to_string()));
        }
        if let Some(rules) = self.policy.rules(question.class) {
            findings.extend(whole_file(examination, rules));
            let mut assessments: Vec<_> = examination
                .signatures
                .iter()
                .map(|signature| {
                    let is_wrong = examination.faults.iter().any(|(at, _)| at.as_ref() == Some(&signature.position));
                    assess(self, rules, question, signature, is_wrong)
                })
                .collect();
            findings.extend(weigh(&mut assessments, rules));
            let relied = assessments.iter().find(|assessment| assessment.signer.standing == Standing::Relied);
            signed_at = relied.and_then(|assessment| assessment.signer.signed_at);
            signers = assessments.into_iter().map(|assessment| assessment.signer).collect();
        } else {
            let detail = format!("the policy has no class {}", question.class.name());
            findings.push(finding(Reason::WrongKind, Weight::Refuse, None, detail));
        }
        // What is only worth knowing keeps nothing from being accepted, so that it takes no signature's place.
        let is_noted_only = findings.iter().all(|finding| finding.weight == Weight::Note);
        if is_noted_only && !signers.iter().any(|signer: &Signer| signer.standing == Standing::Relied) {
            findings.push(finding(Reason::Unsigned, Weight::Refuse, None, String::new()));
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
        self.verdict(examination, question, findings, signers, signed_at)
    }

    /// Judges a file as each class in turn, and gives the first verdict that accepts it, else the mildest.
    pub fn judge_any(&self, examination: &Examination, question: &Question) -> Verdict {
        let [first, rest @ ..] = Class::ALL;
        let judge = |class| self.judge(examination, &Question { class, ..*question });
        let mut best = judge(first);
        for class in rest {
            // Nothing is milder, and paths and lists are work.
            if best.outcome == Outcome::Accepted {
                break;
            }
            let next = judge(class);
            if next.outcome < best.outcome {
                best = next;
            }
        }
        best
    }

    fn verdict(
        &self,
        examination: &Examination,
        question: &Question,
        reasons: Vec<Finding>,
        signers: Vec<Signer>,
        signed_at: Option<Timestamp>,
    ) -> Verdict {
        let outcome = match reasons.first().map(|finding| finding.weight) {
            Some(Weight::Refuse) => Outcome::Refused,
            Some(Weight::Quarantine) => Outcome::Quarantined,
            Some(Weight::Note) | None => Outcome::Accepted,
        };
        Verdict {
            class: question.class,
            outcome,
            reasons,
            signers,
            signed_at,
            form: examination.form,
            size: examination.size,
            sha256: examination.sha256,
            sha1: examination.sha1,
            judged_at: question.at,
            policy_version: self.policy.version(),
            policy: self.policy.fingerprint(),
            revocation_lists: self.revocation_lists.id(),
        }
    }
}

/// What is wrong with a file whoever signed it. Files that others vouch for are left to those.
fn refusal((signature, fault): &(Option<String>, Fault)) -> Finding {
    let weight = match fault.reason {
        Reason::VerifiedThroughReference => Weight::Quarantine,
        Reason::SlackBytes => Weight::Note,
        _ => Weight::Refuse,
    };
    finding(fault.reason, weight, signature.as_deref(), fault.detail.clone())
}

/// What a class says of the file as a whole.
fn whole_file(examination: &Examination, rules: &ClassRules) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(form) = examination.form
        && !rules.takes.contains(&form)
    {
        findings.push(finding(Reason::WrongKind, Weight::Refuse, None, String::new()));
    }
    if examination.tables > 1 && !rules.several_certificates {
        findings.push(finding(Reason::SeveralCertificates, Weight::Refuse, None, examination.tables.to_string()));
    }
    findings
}

/// Finds the strongest signature that is allowed, and says what the others beside it mean.
fn weigh(assessments: &mut [Assessment], rules: &ClassRules) -> Vec<Finding> {
    let allowed = |assessment: &&mut Assessment| assessment.signer.standing == Standing::Allowed;
    // Of equals the first, which is the outermost.
    let strongest = assessments.iter_mut().rev().filter(allowed).max_by_key(|assessment| assessment.signer.digest);
    let Some(relied) = strongest else {
        return nobody_allowed(assessments);
    };
    relied.signer.standing = Standing::Relied;
    let mut findings = Vec::new();
    for assessment in assessments {
        let Assessment { signer, findings: own } = assessment;
        let at = Some(signer.signature.as_str());
        match signer.standing {
            Standing::Relied | Standing::Allowed => findings.append(own),
            Standing::Legacy => findings.push(finding(Reason::LegacySigner, Weight::Note, at, signer.name.clone())),
            Standing::Foreign | Standing::Unknown => {
                let weight = if rules.foreign_signers { Weight::Note } else { Weight::Refuse };
                findings.push(finding(Reason::ForeignSigner, weight, at, signer.name.clone()));
            }
            // A revoked signer beside a good one is no better for it.
            Standing::Refused => findings.append(own),
        }
    }
    findings
}

/// Everything that is wrong with everyone; nobody's wrong makes another's right.
fn nobody_allowed(assessments: &mut [Assessment]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for assessment in assessments {
        if assessment.signer.standing == Standing::Legacy {
            let at = Some(assessment.signer.signature.as_str());
            findings.push(finding(Reason::LegacyDigest, Weight::Refuse, at, assessment.signer.name.clone()));
        }
        findings.append(&mut assessment.findings);
    }
    findings
}

fn finding(reason: Reason, weight: Weight, signature: Option<&str>, detail: String) -> Finding {
    Finding { reason, weight, signature: signature.map(str::to_owned), detail }
}
