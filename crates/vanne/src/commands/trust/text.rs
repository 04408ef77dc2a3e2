//! Verdicts and the policy as people read them.

use std::fmt::Write as _;
use std::path::Path;

use authenticode::{Class, Form, Outcome, PolicySummary, Signer, Standing, Verdict};
use model::Timestamp;
use server::admin::api::RevocationListsAnswer;

use crate::output::{bytes, table};

/// What was decided about a file, and why; with all that was found, if asked for.
pub(super) fn verdict(verdict: &Verdict, file: &Path, explain: bool) -> String {
    let outcome = match verdict.outcome {
        Outcome::Accepted => "accepted",
        Outcome::Quarantined => "quarantined",
        Outcome::Refused => "refused",
    };
    let mut text = format!("{outcome} as {}: {}\n", verdict.class.name(), file.display());
    if let Some(signer) = verdict.signers.iter().find(|signer| signer.standing == Standing::Relied) {
        let when =
            signer.signed_at.map_or_else(|| "at a time that nobody attests".to_owned(), |time| format!("at {time}"));
        let _ = writeln!(text, "  signed by {} {when}", signer.name);
    }
    for finding in &verdict.reasons {
        let _ = writeln!(text, "  {finding}");
    }
    if explain {
        let form = verdict.form.map_or("no form that is known", form);
        let _ = writeln!(text, "  {form}, {}", bytes(verdict.size));
        let _ = writeln!(text, "  SHA-256 {}", verdict.sha256);
        let _ = writeln!(text, "  SHA-1 {}", verdict.sha1);
        verdict.signers.iter().for_each(|known| signer(&mut text, known));
        let _ = writeln!(
            text,
            "  judged for {} by policy {} ({})",
            verdict.judged_at, verdict.policy_version, verdict.policy
        );
    }
    text
}

/// The lists that signers name, each with what came of it.
pub(super) fn lists(answer: &RevocationListsAnswer) -> String {
    if answer.lists.is_empty() {
        return "no signer of a file that is here names a list of revoked certificates".to_owned();
    }
    let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| format!("{at:.0}"));
    let rows = answer.lists.iter().map(|list| {
        let state = match (&list.failure, list.is_current) {
            (None, true) => "current".to_owned(),
            (Some(why), true) => format!("current; the next did not come: {why}"),
            (Some(why), false) => format!("MISSING: {why}"),
            (None, false) => "MISSING".to_owned(),
        };
        [list.authority.clone(), list.address.clone(), time(list.made_at), time(list.ends_at), state]
    });
    let mut text = table(["Authority", "Address", "Made", "Next due", "State"], rows);
    if !answer.are_fetched {
        text.push_str(
            "\nThis server fetches none: put those that you need into the folder signatures.revocation_lists, or set signatures.fetch_revocation_lists",
        );
    }
    text
}

fn signer(text: &mut String, signer: &Signer) {
    let standing = match signer.standing {
        Standing::Relied => "the one that counts",
        Standing::Allowed => "would do as well",
        Standing::Unknown => "of an authority or purpose that no rule names",
        Standing::Foreign => "of somebody whom this class does not name",
        Standing::Legacy => "too old to count",
        Standing::Refused => "refused",
    };
    let organization = signer.organization.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
    let _ = writeln!(text, "  signature {}: {standing}", signer.signature);
    let _ = writeln!(text, "    signer {}{organization}; issued by {}", signer.name, signer.issuer);
    let _ = writeln!(text, "    certificate valid from {} to {}", signer.not_before, signer.not_after);
    let _ = writeln!(text, "    purposes {}", signer.purposes.join(", "));
    if let (Some(time), Some(authority)) = (signer.signed_at, &signer.timestamp_authority) {
        let _ = writeln!(text, "    signed at {time}, says {authority}");
    }
    for (index, key) in signer.chain.iter().enumerate() {
        let what = match index {
            0 => "key of the signer",
            _ if index + 1 == signer.chain.len() => signer.root.as_deref().unwrap_or("key of the root"),
            _ => "key of an authority",
        };
        let _ = writeln!(text, "    {key} {what}");
    }
    for place in &signer.lists {
        let _ = writeln!(text, "    what {} revoked: {}", place.authority, place.address);
    }
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Image => "image",
        Form::Cabinet => "cabinet",
        Form::Installer => "installer database",
        Form::Catalog => "catalog",
    }
}

/// Who may have signed what.
pub(super) fn policy(policy: &PolicySummary) -> String {
    let rows = policy.classes.iter().flat_map(|class| {
        let takes: Vec<_> = class.takes.iter().map(|taken| form(*taken)).collect();
        let name = class.class.name().to_owned();
        let row = move |issuers: String, purposes: String, names: String| [name.clone(), issuers, purposes, names];
        let mut rows: Vec<_> = class
            .allow
            .iter()
            .map(|rule| row(rule.issuers.join(" or "), rule.purposes.join(" or "), rule.names.join(" or ")))
            .collect();
        if rows.is_empty() {
            let who = if class.class == Class::LocalPublish { "given with --publisher" } else { "nobody yet" };
            rows.push(row(who.to_owned(), String::new(), takes.join(", ")));
        }
        rows
    });
    let rules = table(["Class", "Issuer", "Purpose", "Signer"], rows.collect::<Vec<_>>());
    let roots = policy.roots.iter().map(|root| [root.name.clone(), root.vouches.join(", "), root.key.to_string()]);
    let roots = table(["Root", "Vouches for", "Key (SHA-256)"], roots);
    format!("policy {} ({})\n\n{rules}\n\n{roots}\n", policy.version, policy.fingerprint)
}
