//! `vanne updates`, `vanne approve`, `vanne decline`.

use std::process::ExitCode;

use http::Method;
use model::UpdateIdentity;
use server::admin::api::{ApproveRequest, Decided, DeclineRequest, UpdateSummary, UpdatesQuery, Which};

use crate::administration::Administration;
use crate::arguments::{ApproveArguments, DeclineArguments, UpdatesArguments, WhichArguments};
use crate::exit::Failure;
use crate::output::{Output, table};
use crate::plain::one_line;

pub(crate) async fn list(arguments: UpdatesArguments, output: &Output) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(&arguments.place).await?;
    let query = UpdatesQuery {
        search: arguments.search,
        deployable: !arguments.all,
        limit: Some(arguments.limit),
        ..UpdatesQuery::default()
    };
    let updates: Vec<UpdateSummary> = administration.read("/api/v1/updates", &query).await?;
    output.print(&updates, |updates| {
        table(
            ["Update", "Kind", "KB", "Decision", "Title"],
            updates.iter().map(|update| {
                let UpdateIdentity { update_id, revision_number } = update.identity;
                [
                    format!("{update_id}/{revision_number}"),
                    update.update_type.to_string().to_lowercase(),
                    update.kb.join(" "),
                    decision(update),
                    update.title.clone(),
                ]
            }),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

fn decision(update: &UpdateSummary) -> String {
    if update.declined {
        return "declined".into();
    }
    let approvals: Vec<String> =
        update.approvals.iter().map(|approval| format!("{}: {}", approval.group, approval.action)).collect();
    if approvals.is_empty() { "-".into() } else { approvals.join("; ") }
}

pub(crate) async fn approve(arguments: ApproveArguments, output: &Output) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(&arguments.place).await?;
    let request = ApproveRequest {
        updates: which(arguments.which),
        group: arguments.group,
        action: arguments.action.into(),
        deadline: arguments.deadline,
    };
    let decided: Decided = administration.send(Method::POST, "/api/v1/approvals", &request).await?;
    let what = format!("{} for {}", request.action, request.group);
    print_decided(&decided, &what, output)
}

pub(crate) async fn decline(arguments: DeclineArguments, output: &Output) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(&arguments.place).await?;
    let request = DeclineRequest { updates: which(arguments.which), undo: arguments.undo };
    let decided: Decided = administration.send(Method::POST, "/api/v1/declines", &request).await?;
    print_decided(&decided, if request.undo { "no longer declined" } else { "declined" }, output)
}

fn print_decided(decided: &Decided, what: &str, output: &Output) -> Result<ExitCode, Failure> {
    output.print(decided, |decided| {
        let lines =
            decided.updates.iter().map(|update| format!("{what}: {} {}", update.update_id, one_line(&update.title)));
        lines.collect::<Vec<_>>().join("\n")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn which(arguments: WhichArguments) -> Which {
    match (arguments.kb, arguments.all) {
        (Some(kb), _) => Which::Kb(kb),
        (None, true) => Which::All,
        (None, false) => Which::Updates(arguments.update),
    }
}
