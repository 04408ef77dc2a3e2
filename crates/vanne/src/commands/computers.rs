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
        ComputersCommand::List { place, search, group, limit } => {
            let query = ComputersQuery { search, group, limit: Some(limit) };
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
        table(
            ["Computer", "System", "Groups", "Last contact", "Last report", "Id"],
            computers.iter().map(|computer| {
                [
                    computer.dns_name.clone().unwrap_or_else(|| "-".into()),
                    computer.os.clone().unwrap_or_else(|| "-".into()),
                    computer.groups.iter().map(GroupName::as_str).collect::<Vec<_>>().join(", "),
                    age(computer.last_contact),
                    age(computer.last_report),
                    computer.id.to_string(),
                ]
            }),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
