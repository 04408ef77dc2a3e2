//! `vanne archive`.

mod keys;
mod needs;
mod steps;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use axum::body::Body;
use model::UpdateId;
use serde::Serialize;
use server::admin::api::{
    ArchiveEvent, ArchiveHistory, ArchiveImportAnswer, ArchiveImportRequest, ArchiveSummary, ExportAnswer,
    ExportRequest,
};

use crate::administration::Administration;
use crate::arguments::{ArchiveCommand, ExportArguments};
use crate::exit::{Failure, PARTIAL};
use crate::output::{Output, bytes, count, table};
use steps::Steps;

const EXPORT: &str = "/api/v1/archive/export";
const IMPORT: &str = "/api/v1/archive/import";
/// Items that are named one by one; JSON names more.
const NAMED: usize = 20;

pub(crate) async fn run(command: ArchiveCommand, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        ArchiveCommand::Export(arguments) => export(arguments, output).await,
        ArchiveCommand::Import { place, folders, verify_only, decisions } => {
            let from = folders.iter().map(|folder| whole(folder)).collect::<Result<_, _>>()?;
            let request = ArchiveImportRequest { from, verify_only, decisions };
            import(&Administration::connect(&place).await?, &request, output).await
        }
        ArchiveCommand::Needs { place, to } => needs::run(&Administration::connect(&place).await?, to, output).await,
        ArchiveCommand::List(place) => list(&Administration::connect(&place).await?, output).await,
        ArchiveCommand::Key { place, renew } => {
            keys::show(&Administration::connect(&place).await?, renew, output).await
        }
        ArchiveCommand::Trust(arguments) => keys::trust(arguments, output).await,
    }
}

/// A path that means the same to the server, whose working folder is another.
fn whole(path: &Path) -> Result<PathBuf, Failure> {
    Ok(std::path::absolute(path).with_context(|| format!("could not use the path {}", path.display()))?)
}

async fn export(arguments: ExportArguments, output: &Output) -> Result<ExitCode, Failure> {
    let ExportArguments { place, to, since, split, needs, product, classification, decisions } = arguments;
    let request = ExportRequest {
        to: whole(&to)?,
        since: since.as_deref().map(whole).transpose()?,
        needs: needs.as_deref().map(whole).transpose()?,
        products: product.into_iter().map(UpdateId).collect(),
        classifications: classification.into_iter().map(UpdateId).collect(),
        split,
        decisions,
    };
    let administration = Administration::connect(&place).await?;
    let ArchiveEvent::Exported(answer) = follow(&administration, EXPORT, &request, output).await? else {
        return Err(cut_off());
    };
    output.print(&answer, |answer| exported(answer))?;
    Ok(if answer.left_out_in_all == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

fn exported(answer: &ExportAnswer) -> String {
    let mut text = format!("{} written to {}", described(&answer.archive), answer.to.display());
    if answer.resumed > 0 {
        text.push_str(&format!(
            "; {} of its files had been written by a run that was cut short",
            count(answer.resumed)
        ));
    }
    if answer.awaited_files > 0 {
        text.push_str(&format!(
            "\n{} files that were asked for are not here yet; they are wanted now, and `vanne content status` says how far that is: \
             export again once they are here",
            count(answer.awaited_files)
        ));
    }
    if answer.unknown_files + answer.unknown_revisions > 0 {
        text.push_str(&format!(
            "\n{} files and {} revisions that were asked for are unknown here: synchronise, or ask another server",
            count(answer.unknown_files),
            count(answer.unknown_revisions)
        ));
    }
    if answer.left_out_in_all > 0 {
        text.push_str(&format!("\n{} items could not be carried:", count(answer.left_out_in_all)));
        answer.left_out.iter().take(NAMED).for_each(|why| text.push_str(&format!("\n  {why}")));
    }
    text
}

async fn import(
    administration: &Administration,
    request: &ArchiveImportRequest,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let ArchiveEvent::Imported(answer) = follow(administration, IMPORT, request, output).await? else {
        return Err(cut_off());
    };
    output.print(&answer, |answer| keys::learned(answer) + &imported(answer, request.decisions))?;
    Ok(if answer.done.refused_in_all == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

fn imported(answer: &ArchiveImportAnswer, decisions: bool) -> String {
    let archive = described(&answer.archive);
    if answer.is_only_verified {
        let next = if answer.is_known { "it was imported before" } else { "it can be imported" };
        return format!("{archive} is whole; {next}");
    }
    let done = &answer.done;
    if answer.is_known && done.files > 0 {
        let mut text = format!(
            "{archive} was imported before; {} content files ({}) that were lost or damaged here are back:",
            count(done.files),
            bytes(done.file_bytes)
        );
        done.healed.iter().take(NAMED).for_each(|name| text.push_str(&format!("\n  {name}")));
        return text;
    }
    if answer.is_known {
        return format!("{archive} was imported before; nothing was changed");
    }
    let mut text = format!(
        "{archive} imported: {} revisions and {} content files ({}) are new; {} updates declined because their publisher \
         withdrew them",
        count(done.taken),
        count(done.files),
        bytes(done.file_bytes),
        count(done.expired)
    );
    if done.lists > 0 {
        text.push_str(&format!("; {} lists of revoked certificates are new", count(done.lists)));
    }
    if let Some(mirrored) = &done.mirrored {
        text.push_str(&format!(
            "; taken over: {} groups, {} approvals, {} removed, {} declined, {} declined no longer",
            mirrored.groups, mirrored.approved, mirrored.removed, mirrored.declined, mirrored.undeclined
        ));
    }
    if answer.archive.has_decisions && !decisions {
        text.push_str("\nit says what is decided there, which was left alone; --decisions takes that over");
    }
    if done.refused_in_all > 0 {
        text.push_str(&format!("\n{} revisions were refused:", count(done.refused_in_all)));
        for refused in done.refused.iter().take(NAMED) {
            text.push_str(&format!("\n  {}: {}", refused.revision, refused.reason));
        }
    }
    text
}

async fn list(administration: &Administration, output: &Output) -> Result<ExitCode, Failure> {
    let history: ArchiveHistory = administration.read("/api/v1/archive", &()).await?;
    output.print(&history, |history| {
        if history.imported.is_empty() {
            return "no archive was imported here".to_owned();
        }
        table(
            ["Server", "Number", "Imported", "Manifest"],
            history.imported.iter().map(|one| {
                [one.name.to_string(), one.sequence.to_string(), one.imported_at.to_string(), one.manifest.to_string()]
            }),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

fn described(archive: &ArchiveSummary) -> String {
    let carries = &archive.carries;
    let follows = archive.follows.map_or_else(String::new, |base| format!(", since archive {base}"));
    let limited = if archive.is_limited { ", limited to what was asked for" } else { "" };
    format!(
        "archive {} of {} ({} documents, {} files, {}{follows}{limited})",
        archive.sequence,
        archive.server,
        count(carries.documents),
        count(carries.files),
        bytes(carries.file_bytes)
    )
}

/// Asks for something that takes a while, shows how far it is, and gives the event that ended it.
async fn follow(
    administration: &Administration,
    path: &str,
    request: &impl Serialize,
    output: &Output,
) -> Result<ArchiveEvent, Failure> {
    let body = serde_json::to_vec(request).context("could not write the request")?;
    let (mut steps, mut end) = (Steps::new(output), None);
    let take = |event| {
        match event {
            ArchiveEvent::Progress(progress) => steps.at(progress),
            ArchiveEvent::Failed { status, error } => {
                return Err(server::admin::ApiError { status, ..error }.into());
            }
            event => end = Some(event),
        }
        Ok(())
    };
    let done = administration.converse(path, Body::from(body), take).await;
    steps.finish();
    done?;
    end.ok_or_else(cut_off)
}

fn cut_off() -> Failure {
    anyhow!("the server's answer ended before its end; run the same command again, which goes on from there").into()
}
