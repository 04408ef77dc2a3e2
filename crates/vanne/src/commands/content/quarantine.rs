//! `vanne content quarantine`, `release`, `withhold` and `discard`.

use std::process::ExitCode;

use http::Method;
use model::Sha256;
use server::admin::api::{EvidenceFile, Quarantine, QuarantinedFile, ReleaseRequest, ReleasedFile, WithheldFile};

use crate::administration::Administration;
use crate::exit::Failure;
use crate::output::{Output, bytes};

pub(super) async fn list(administration: &Administration, output: &Output) -> Result<ExitCode, Failure> {
    let quarantine: Quarantine = administration.read("/api/v1/content/quarantine", &()).await?;
    output.print(&quarantine, text)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn release(
    administration: &Administration,
    sha256: Sha256,
    why: String,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let request = ReleaseRequest { sha256, why };
    let () = administration.send(Method::POST, "/api/v1/content/quarantine/release", &request).await?;
    output.print(&request, |request| format!("released {}: {}", request.sha256, request.why))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn withhold(
    administration: &Administration,
    sha256: Sha256,
    output: &Output,
) -> Result<ExitCode, Failure> {
    turn(administration, "withhold", sha256, output, "withheld").await
}

pub(super) async fn discard(
    administration: &Administration,
    sha256: Sha256,
    output: &Output,
) -> Result<ExitCode, Failure> {
    turn(administration, "discard", sha256, output, "discarded").await
}

async fn turn(
    administration: &Administration,
    action: &str,
    sha256: Sha256,
    output: &Output,
    done: &str,
) -> Result<ExitCode, Failure> {
    let request = QuarantinedFile { sha256 };
    let () = administration.send(Method::POST, &format!("/api/v1/content/quarantine/{action}"), &request).await?;
    output.print(&request, |request| format!("{done} {}", request.sha256))?;
    Ok(ExitCode::SUCCESS)
}

fn text(quarantine: &Quarantine) -> String {
    let Quarantine { withheld, released, evidence } = quarantine;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(withheld.iter().map(withheld_text));
    parts.extend(released.iter().map(released_text));
    parts.extend(evidence.iter().map(evidence_text));
    if parts.is_empty() { "no file is withheld, released or quarantined".to_owned() } else { parts.join("\n\n") }
}

fn withheld_text(file: &WithheldFile) -> String {
    let name = file.name.as_deref().unwrap_or("a file without a name");
    let mut text =
        format!("withheld  {name} ({})\n  SHA-256  {}\n  since    {}", bytes(file.size), file.sha256, file.since);
    text.push_str(&format!("\n  because  {}", file.reason));
    for naming in &file.updates {
        text.push_str(&format!("\n  update   {} {}", naming.update, naming.title));
    }
    text.push_str(&format!("\n  to do    {}", file.remedy));
    text
}

fn released_text(file: &ReleasedFile) -> String {
    let name = file.name.as_deref().unwrap_or("a file without a name");
    let (sha256, since, why) = (file.sha256, file.since, &file.why);
    format!(
        "released  {name}\n  SHA-256  {sha256}\n  since    {since}\n  because  {why}\n  to do    {}",
        if file.is_held {
            "nothing; `vanne content withhold` takes it back"
        } else {
            "see above: it is withheld all the same, for what was found since"
        }
    )
}

fn evidence_text(file: &EvidenceFile) -> String {
    let mut text = format!(
        "quarantined  {} ({})\n  SHA-256  {}\n  since    {}\n  because  {}",
        file.file.display(),
        bytes(file.size),
        file.sha256,
        file.at,
        file.reason
    );
    for source in &file.sources {
        text.push_str(&format!("\n  from     {source}"));
    }
    text.push_str("\n  to do    find out who changed it; it is served to nobody, and may be removed once nobody needs it as evidence");
    text
}
