//! What is in an export and what is not, for whoever finds the folder.

use model::Timestamp;

use super::{Authorities, PINNED, Policy, ROOT, ROOTS};
use crate::Certificate;

/// README.txt.
pub(super) fn write(policy: &Policy, authorities: &Authorities, now: Timestamp) -> String {
    let url = policy.url();
    let sections = [
        format!("What Windows computers need for {url}, written {now}.\n"),
        settings(url, authorities),
        certificates(authorities),
        missing(authorities),
        changes(authorities),
    ];
    sections.iter().filter(|section| !section.is_empty()).cloned().collect::<Vec<_>>().join("\n").replace('\n', "\r\n")
}

fn settings(url: &str, authorities: &Authorities) -> String {
    let mut text = format!(
        "Settings. These three say the same; one of them is enough:\n\n\
         registry.pol  for the folder Machine of a group policy object\n\
         vanne.reg     for one computer: reg import vanne.reg, as administrator\n\
         vanne.ps1     for one computer: the same as a script, as administrator\n\n\
         They point computers at {url}"
    );
    if !authorities.to_trust().is_empty() {
        text.push_str(", put the certificate authority into the trusted roots");
    }
    if !authorities.pinned.is_empty() {
        text.push_str(
            ", and put who issues the server's certificates into\n\
             the store WindowsServerUpdateServices: computers then scan only servers that one of these stands behind",
        );
    }
    text.push_str(".\n");
    text.push_str(&format!(
        "\nIn the policy editor the same is, below Computer Configuration > Policies > Administrative Templates > Windows\n\
         Components > Windows Update (WindowsUpdate.admx):\n\n\
         Specify intranet Microsoft update service location: Enabled; update service (WUServer) and statistics server\n\
         (WUStatusServer) {url}. The certificates, which no template has, are handed out as said below.\n\n"
    ));
    if authorities.are_known {
        text.push_str("They add nothing to the trusted roots: the server's certificate is the organisation's, whose root computers know.\n");
    }
    text
}

fn certificates(authorities: &Authorities) -> String {
    let mut text = String::new();
    if let [first, others @ ..] = authorities.roots.as_slice() {
        let more = if others.is_empty() { "the same" } else { "this one and the other roots" };
        text.push_str(&format!(
            "{ROOT}  {}, for Computer Configuration > Policies > Windows Settings > Security Settings >\n\
             \x20             Public Key Policies > Trusted Root Certification Authorities\n\
             {ROOTS}  {more}, for other systems\n",
            first.subject
        ));
    }
    if !authorities.pinned.is_empty() {
        text.push_str(&format!(
            "{PINNED}  who issues the server's certificates, as a bundle, for the store WindowsServerUpdateServices\n\
             \x20             (certutil -addstore WindowsServerUpdateServices {PINNED})\n"
        ));
    }
    if text.is_empty() {
        return text;
    }
    let only_pinned = authorities.pinned.iter().filter(|one| !authorities.roots.contains(one));
    let listed: String = authorities.roots.iter().chain(only_pinned).map(described).collect();
    format!("Certificates, should you rather hand them out by themselves:\n\n{text}\n{listed}")
}

fn described(one: &Certificate) -> String {
    format!("  {}\n    SHA-256 {}\n    thumbprint {}\n    {}\n", one.subject, one.sha256, one.sha1, one.validity)
}

fn missing(authorities: &Authorities) -> String {
    let mut text = String::new();
    for name in &authorities.missing {
        text.push_str(&format!(
            "The certificate of {name}: it was not among those that this server was given. Computers must trust it already, or get\n\
             it from whoever runs that authority.\n"
        ));
    }
    if authorities.pinned.is_empty() {
        text.push_str(
            "Anything for the store WindowsServerUpdateServices: who issued the server's certificate is not known here, so that\n\
             computers believe whatever they trust otherwise. The server's own certificate does not belong there: computers would\n\
             refuse the next one.\n",
        );
    }
    if text.is_empty() {
        return text;
    }
    format!(
        "What is missing:\n\n{text}Give the server its certificate together with those above it, root included, and export again.\n"
    )
}

fn changes(authorities: &Authorities) -> String {
    let mut text = String::new();
    if !authorities.pinned.is_empty() {
        text.push_str(
            "Before the server changes to another authority, add the new one to the stores, and wait 30 days: computers that were\n\
             away must learn it first. ",
        );
    }
    text.push_str(
        "The policy DoNotEnforceEnterpriseTLSCertPinningForUpdateDetection = 1 switches the store\n\
         WindowsServerUpdateServices off; nothing here sets it.\n",
    );
    text
}
