//! Who signed a file, and whether that is one who may: a verdict with reasons.
//!
//! [`examine`] reads a file once and says what it shows by itself: whether its signatures are right and cover all of it.
//! [`Trust::judge`] says whether that is enough, for a class of content, at a given time. Nothing here reads a clock, opens a file or
//! a connection; any bytes whatsoever yield a verdict, in bounded time and memory.
//!
//! ```
//! use authenticode::{Class, Outcome, Policy, Question, Reason, RevocationDemand, RevocationLists, Trust, examine};
//!
//! let trust = Trust { policy: Policy::builtin(), revocation_lists: RevocationLists::new() };
//! let at = "2026-12-01T00:00:00Z".parse().expect("this is a point in time");
//! let question = Question { class: Class::MsApp, at, revocation: RevocationDemand::IfAtHand, expected: None };
//! let examination = examine(&mut std::io::Cursor::new(b"no program")).expect("memory does not fail");
//! let verdict = trust.judge(&examination, &question);
//! assert_eq!((verdict.outcome, verdict.reason()), (Outcome::Refused, Some(Reason::UnknownFormat)));
//! ```
//!
//! The order of the checks: form of the file, place of the signature, digest, CMS, timestamp, nested signatures (`examine`); path,
//! publisher, time and revocation (`judge`). Two checks make a file good, never this one alone: parts of a signature are not covered
//! by anything, so that the digest which metadata promise has to be the file's as well ([`Question::expected`]).

mod algorithm;
mod certificate;
mod chain;
mod cms;
mod container;
mod crl;
mod decision;
mod der;
mod examine;
mod fault;
mod judge;
mod key;
pub mod limits;
mod name;
mod oid;
mod policy;
#[doc(hidden)]
pub mod probe;
mod reason;
mod spc;
mod time;
mod timestamp;
mod verdict;

pub use algorithm::DigestAlgorithm;
pub use container::catalog::Member;
pub use crl::{ListDates, ListPlace, RevocationListError, RevocationLists, check_list};
pub use examine::{Examination, examine, examine_digested};
pub use judge::{Question, RevocationDemand, Trust};
pub use policy::{Class, ClassSummary, Form, Policy, PolicyError, PolicySummary, Reviewed, RootSummary, RuleSummary};
pub use reason::Reason;
pub use verdict::{Finding, Outcome, Signer, Standing, Verdict, VerdictKey, Weight};
