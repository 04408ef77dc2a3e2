//! `vanne sync`.

use std::process::ExitCode;
use std::time::Duration;

use http::Method;
use indicatif::{ProgressBar, ProgressStyle};
use server::admin::api::{PlanAnswer, StageAnswer, SyncAnswer, SyncRequest, SyncRun, SyncState};
use server::rollup::RollupDetails;
use server::sync::RunDetails;

use crate::administration::Administration;
use crate::arguments::SyncArguments;
use crate::exit::{Failure, PARTIAL};
use crate::output::{Output, age, bytes, table};

const SYNC: &str = "/api/v1/sync";
/// How often the one under way is looked at.
const LOOK: Duration = Duration::from_millis(250);

pub(crate) async fn run(arguments: SyncArguments, output: &Output) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(&arguments.place).await?;
    if arguments.plan {
        let plan: PlanAnswer = administration.send(Method::POST, "/api/v1/sync/plan", &()).await?;
        output.print(&plan, planned)?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.rollup {
        let details: RollupDetails = administration.send(Method::POST, "/api/v1/sync/rollup", &()).await?;
        output.print(&details, told)?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.watch {
        watch(&administration).await?;
        return history(&administration, output).await;
    }
    if !arguments.now {
        return history(&administration, output).await;
    }
    // Without a server there is nobody who would go on after this program.
    let wait = arguments.wait || matches!(administration, Administration::Here(_));
    let request = SyncRequest { wait };
    let answer: SyncAnswer = administration.send(Method::POST, SYNC, &request).await?;
    output.print(&answer, |answer| match &answer.details {
        None => "synchronising; `vanne sync --watch` follows it".to_owned(),
        Some(details) => summary(details),
    })?;
    let refused = answer.details.is_some_and(|details| details.refused_in_all > 0);
    Ok(if refused { ExitCode::from(PARTIAL) } else { ExitCode::SUCCESS })
}

fn planned(plan: &PlanAnswer) -> String {
    let PlanAnswer { upstream, revisions, changed, documents_bytes, files_bytes, is_catalog_only } = plan;
    let size = match (documents_bytes, files_bytes) {
        (Some(documents), Some(files)) => format!(
            "; about {} of documents, whose files of use have about {} in all: which of them are fetched follows approvals",
            bytes(*documents),
            bytes(*files)
        ),
        _ => String::new(),
    };
    let files = if *is_catalog_only { "; files come from their publisher" } else { "" };
    match revisions {
        0 => format!("{upstream} has nothing that is not here"),
        _ => format!(
            "{upstream} has {revisions} revisions that are not here, {changed} of them of updates that are here in \
             another revision{size}{files}"
        ),
    }
}

fn summary(details: &RunDetails) -> String {
    let RunDetails { listed, taken, changed, expired, refused_in_all, resumed, bytes, .. } = details;
    let mut text = format!(
        "{taken} of {listed} revisions taken ({changed} of updates known before, {:.1} MB); {expired} updates declined \
         because their publisher withdrew them",
        *bytes as f64 / 1e6
    );
    if *resumed > 0 {
        text.push_str(&format!("; {resumed} had been fetched by a run that was cut short"));
    }
    if details.related > 0 {
        text.push_str(&format!("; {} of them because others name them", details.related));
    }
    if details.driver_sets > 0 {
        text.push_str(&format!("; {} driver sets", details.driver_sets));
    }
    if details.only_categories {
        text.push_str(
            "; nothing is chosen of Microsoft's 600,000 updates, so that only products and classifications came: \
             `vanne subscription set` chooses among them",
        );
    }
    if let Some(mirrored) = &details.mirrored {
        text.push_str(&format!(
            "; taken over: {} groups, {} approvals, {} removed, {} declined, {} declined no longer",
            mirrored.groups, mirrored.approved, mirrored.removed, mirrored.declined, mirrored.undeclined
        ));
    }
    if details.drifted {
        text.push_str("; approvals here had been changed by another way, and are as the upstream's again");
    }
    if *refused_in_all > 0 {
        text.push_str(&format!("\n{refused_in_all} revisions were refused:"));
        for refused in details.refused.iter().take(20) {
            text.push_str(&format!("\n  {}: {}", refused.revision, refused.reason));
        }
    }
    text
}

fn told(details: &RollupDetails) -> String {
    let RollupDetails { upstream, is_detailed, servers, computers, states, healed, removed, error, .. } = details;
    let mut text = format!("{upstream} was told of {servers} servers");
    if *is_detailed {
        text.push_str(&format!(", {computers} computers and the updates on {states} of them"));
    }
    if *healed > 0 {
        text.push_str(&format!("; of {healed} all was told again, because it had other states than those it was told"));
    }
    if *removed > 0 {
        text.push_str(&format!("; {removed} computers that were removed there were forgotten here"));
    }
    if let Some(error) = error {
        text.push_str(&format!("; then it failed: {error}"));
    }
    text
}

async fn history(administration: &Administration, output: &Output) -> Result<ExitCode, Failure> {
    let state: SyncState = administration.read(SYNC, &()).await?;
    output.print(&state, |state| {
        let mut text = table(
            ["Began", "Upstream", "Ended", "What"],
            state.runs.iter().map(|run: &SyncRun| {
                let what = run.details.error.clone().unwrap_or_else(|| summary(&run.details));
                [run.started_at.to_string(), run.upstream.clone(), run.outcome.clone(), what]
            }),
        );
        if let Some(rollup) = &state.rollup {
            text.push_str(&format!("\n\nAll told above {}. ", age(rollup.told_at)));
            text.push_str(&format!("The last time, {}: {}", age(rollup.last.began_at), told(&rollup.last)));
        }
        text
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Shows how far the one under way is, until it is over.
async fn watch(administration: &Administration) -> Result<(), Failure> {
    let bar = ProgressBar::new(0);
    let style = "{msg} {wide_bar} {pos} of {len}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    loop {
        let state: SyncState = administration.read(SYNC, &()).await?;
        match state.stage {
            StageAnswer::Idle => break,
            StageAnswer::Listing => bar.set_message("asking what there is"),
            StageAnswer::Fetching { done, total, .. } => at(&bar, "fetching", done, total),
            StageAnswer::Applying { done, total } => at(&bar, "taking into the catalog", done, total),
        }
        tokio::time::sleep(LOOK).await;
    }
    bar.finish_and_clear();
    Ok(())
}

fn at(bar: &ProgressBar, what: &'static str, done: usize, total: usize) {
    bar.set_message(what);
    bar.set_length(total as u64);
    bar.set_position(done as u64);
}
