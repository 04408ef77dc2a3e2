//! Who is not trusted, in a message that says all that is needed to find out why.

use std::fmt;

use crate::{KeyId, Presented, Refusal, Suspicion};

/// A server that is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untrusted {
    /// The host that was asked.
    pub host: String,
    /// Why.
    pub refusal: Refusal,
    /// What it presented.
    pub presented: Presented,
    /// What would have been taken; nothing if nothing is pinned.
    pub expected: Vec<Expected>,
    /// Who may be in between, when that is likely.
    pub suspicion: Option<Suspicion>,
}

/// What would have been taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// A certificate that one of that name issued; empty for a key alone.
    pub name: String,
    /// With this key; absent where only the name is known, which pins nothing.
    pub key: Option<KeyId>,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, refusal, presented, expected, suspicion } = self;
        write!(out, "{host} is not trusted: {refusal}. It presented {presented}")?;
        if *refusal == Refusal::OtherHost
            && let Some(own) = presented.own()
        {
            write!(out, ", for {}", if own.hosts.is_empty() { "no host".to_owned() } else { own.hosts.join(", ") })?;
        }
        let mut parted = "; expected was ";
        for one in expected {
            write!(out, "{parted}{one}")?;
            parted = " or ";
        }
        match suspicion {
            Some(suspicion) => write!(out, ". Note: {suspicion}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Untrusted {}

impl fmt::Display for Expected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.as_str(), self.key) {
            ("", Some(key)) => out.write_str(&key.short()),
            ("", None) => out.write_str("nothing"),
            (name, Some(key)) => write!(out, "{name} ({})", key.short()),
            (name, None) => write!(out, "{name} (whose key is not pinned: import pins that have it)"),
        }
    }
}
