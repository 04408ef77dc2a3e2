//! What was shown, claim by claim.

use serde::Serialize;

use crate::output::table;

/// All claims.
#[derive(Debug, Default, Serialize)]
pub(super) struct Proof {
    claims: Vec<Claim>,
    /// Everything that went wrong, in words.
    troubles: Vec<String>,
    /// What was done for it, by name.
    figures: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct Claim {
    claim: &'static str,
    seen: String,
    holds: bool,
}

impl Proof {
    /// A claim, what was seen of it, and whether that shows it.
    pub(super) fn add(&mut self, claim: &'static str, holds: bool, seen: impl Into<String>) {
        self.claims.push(Claim { claim, seen: seen.into(), holds });
    }

    /// A figure of what was done.
    pub(super) fn figure(&mut self, what: impl Into<String>, number: String) {
        self.figures.push((what.into(), number));
    }

    /// Something went wrong.
    pub(super) fn trouble(&mut self, what: impl Into<String>) {
        self.troubles.push(what.into());
    }

    pub(super) fn succeeded(&self) -> bool {
        self.troubles.is_empty() && self.claims.iter().all(|claim| claim.holds)
    }

    /// What was done, which differs a little from one time to the next, and then the claims.
    pub(super) fn text_with_figures(&self) -> String {
        let rows = self.figures.iter().map(|(what, number)| [what.clone(), number.clone()]);
        format!("\n{}\n{}", table(["Done", "Number"], rows), self.text())
    }

    /// The claims.
    pub(super) fn text(&self) -> String {
        let rows = self.claims.iter().map(|Claim { claim, seen, holds }| {
            [if *holds { "yes" } else { "NO" }.to_owned(), (*claim).to_owned(), seen.clone()]
        });
        let troubles = self.troubles.iter().map(|trouble| format!("\nwent wrong: {trouble}"));
        format!("\n{}{}", table(["Shown", "What", "Seen"], rows), troubles.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_claim_that_does_not_hold_or_one_trouble_is_enough_to_fail() {
        let mut proof = Proof::default();
        proof.add("water flows downhill", true, "it did");
        assert!(proof.succeeded());
        proof.trouble("a computer gave up");
        assert!(!proof.succeeded() && proof.text().ends_with("\nwent wrong: a computer gave up"));

        let mut proof = Proof::default();
        proof.add("water flows uphill", false, "it did not");
        assert!(!proof.succeeded() && proof.text().contains("NO     water flows uphill  it did not"));
    }
}
