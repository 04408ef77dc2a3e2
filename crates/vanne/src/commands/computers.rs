//! `vanne computers`.

use std::process::ExitCode;

use http::Method;
use model::GroupName;
use server::admin::api::{AssignRequest, ComputerSummary, ComputersQuery};

use crate::administration::Administration;
use crate::arguments::ComputersCommand;
use crate::exit::Failure;
use crate::output::{Output, age, table};

pub(crate) async fn run(command: ComputersCommand, output: &Output) -> Result<ExitCode, Failure> {
    let computers: Vec<ComputerSummary> = match command {
        ComputersCommand::List { place, search, group, server, limit } => {
            let query = ComputersQuery { search, group, server, limit: Some(limit) };
            Administration::connect(&place).await?.read("/api/v1/computers", &query).await?
        }
        ComputersCommand::Assign { place, computer, group } => {
            let path = format!("/api/v1/computers/{}/groups", super::path_segment(&computer));
            let request = AssignRequest { groups: group };
            vec![Administration::connect(&place).await?.send(Method::PUT, &path, &request).await?]
        }
        ComputersCommand::Remove { place, computer } => {
            let path = format!("/api/v1/computers/{}", super::path_segment(&computer));
            vec![Administration::connect(&place).await?.send(Method::DELETE, &path, &()).await?]
        }
    };
    output.print(&computers, |computers| {
        // Whoever has no servers below need not read that.
        if computers.iter().all(|computer| computer.server.is_none()) {
            return table(COLUMNS, computers.iter().map(cells));
        }
        let [name, system, groups, contact, report, id] = COLUMNS;
        table(
            [name, system, groups, contact, report, "Server", id],
            computers.iter().map(|computer| {
                let [name, system, groups, contact, report, id] = cells(computer);
                let server = computer.server.as_ref().map_or_else(|| super::THIS_SERVER.to_owned(), super::told_by);
                [name, system, groups, contact, report, server, id]
            }),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

const COLUMNS: [&str; 6] = ["Computer", "System", "Groups", "Last contact", "Last report", "Id"];

/// Its name, and that of another one with the same id.
fn name(computer: &ComputerSummary) -> String {
    let name = computer.dns_name.clone().unwrap_or_else(|| "-".into());
    match &computer.shares_id_with {
        Some(other) => format!("{name} (shares its id with {other})"),
        None => name,
    }
}

fn cells(computer: &ComputerSummary) -> [String; 6] {
    [
        name(computer),
        computer.os.clone().unwrap_or_else(|| "-".into()),
        computer.groups.iter().map(GroupName::as_str).collect::<Vec<_>>().join(", "),
        age(computer.last_contact),
        age(computer.last_report),
        computer.id.to_string(),
    ]
}
