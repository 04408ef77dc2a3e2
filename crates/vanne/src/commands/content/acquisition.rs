//! `vanne content status`, `fetch` and `collect`.

use std::process::ExitCode;

use http::Method;
use server::admin::api::{CollectAnswer, CollectRequest, ContentStatus, FetchAnswer};

use crate::administration::Administration;
use crate::exit::{Failure, PARTIAL};
use crate::output::{Output, bytes, count, table};

pub(super) async fn status(administration: &Administration, output: &Output) -> Result<ExitCode, Failure> {
    let status: ContentStatus = administration.read("/api/v1/content/status", &()).await?;
    output.print(&status, text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(status: &ContentStatus) -> String {
    let mut text = format!(
        "mode     {}\nwanted   {} files ({})\nheld     {} files ({})\nmissing  {} files ({})",
        status.mode.as_str(),
        count(status.wanted),
        bytes(status.wanted_bytes),
        count(status.held),
        bytes(status.held_bytes),
        count(status.missing),
        bytes(status.missing_bytes),
    );
    if let Some(reason) = &status.paused {
        text.push_str(&format!("\npaused   {reason}"));
    }
    if status.refused > 0 {
        text.push_str(&format!(
            "\nrefused  {} files that came and were not what was promised; the log names who sent them",
            count(status.refused)
        ));
    }
    if status.withheld > 0 {
        text.push_str(&format!(
            "\nwithheld {} files, which nobody is given because of who signed them; `vanne content quarantine` says why",
            count(status.withheld)
        ));
    }
    if !status.downloading.is_empty() {
        let rows = status.downloading.iter().map(|file| {
            let percent = file.here * 100 / file.size.max(1);
            let source = file.source.clone().unwrap_or_else(|| "-".to_owned());
            [file.name.clone(), bytes(file.size), format!("{percent} %"), bytes(file.bytes_per_sec) + "/s", source]
        });
        text.push_str(&format!("\n\n{}", table(["Downloading", "Size", "Here", "Speed", "From"], rows)));
    }
    if !status.failed.is_empty() {
        let rows = status
            .failed
            .iter()
            .map(|file| [file.name.clone(), format!("in {} s", file.again_in_secs), file.reason.clone()]);
        text.push_str(&format!("\n\n{}", table(["Failed", "Again", "Because"], rows)));
    }
    text
}

pub(super) async fn fetch(administration: &Administration, output: &Output) -> Result<ExitCode, Failure> {
    let answer: FetchAnswer = administration.send(Method::POST, "/api/v1/content/fetch", &()).await?;
    output.print(&answer, |answer| {
        format!("fetched  {} files ({})\n{}", count(answer.fetched), bytes(answer.bytes), text(&answer.status))
    })?;
    Ok(if answer.status.missing == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

pub(super) async fn collect(
    administration: &Administration,
    dry_run: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let request = CollectRequest { dry_run };
    let answer: CollectAnswer = administration.send(Method::POST, "/api/v1/content/collect", &request).await?;
    output.print(&answer, |answer| {
        let rows = answer.files.iter().map(|file| {
            let name =
                file.name.as_deref().unwrap_or(if file.is_partial { "(a download that was begun)" } else { "-" });
            [file.sha1.to_string(), bytes(file.size), name.to_owned()]
        });
        let total = bytes(answer.files.iter().map(|file| file.size).sum());
        let done = if answer.dry_run { "would be removed" } else { "removed" };
        let sum = format!("{} files {done} ({total})", count(answer.files.len() as u64));
        if answer.files.is_empty() { sum } else { format!("{}\n{sum}", table(["SHA-1", "Size", "Name"], rows)) }
    })?;
    Ok(ExitCode::SUCCESS)
}
