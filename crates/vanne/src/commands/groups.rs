//! `vanne groups`.

use std::process::ExitCode;

use http::Method;
use server::admin::api::{ChangeGroup, CreateGroup, GroupSummary, TargetingSetting};

use crate::administration::Administration;
use crate::arguments::{GroupsCommand, Place, Targeting};
use crate::exit::Failure;
use crate::output::{Output, count, table};

pub(crate) async fn run(command: GroupsCommand, output: &Output) -> Result<ExitCode, Failure> {
    let groups: Vec<GroupSummary> = match command {
        GroupsCommand::List(place) => Administration::connect(&place).await?.read("/api/v1/groups", &()).await?,
        GroupsCommand::Create { place, name, parent } => {
            let request = CreateGroup { name, parent };
            Administration::connect(&place).await?.send(Method::POST, "/api/v1/groups", &request).await?
        }
        GroupsCommand::Rename { place, name, new_name } => {
            let request = ChangeGroup { name: Some(new_name), ..ChangeGroup::default() };
            Administration::connect(&place).await?.send(Method::PATCH, &one(&name), &request).await?
        }
        GroupsCommand::Move { place, name, parent } => {
            let request = ChangeGroup { parent: Some(parent), ..ChangeGroup::default() };
            Administration::connect(&place).await?.send(Method::PATCH, &one(&name), &request).await?
        }
        GroupsCommand::Targeting { place, who } => return targeting(&place, who, output).await,
        GroupsCommand::Remove { place, name } => {
            Administration::connect(&place).await?.send(Method::DELETE, &one(&name), &()).await?
        }
    };
    output.print(&groups, |groups| {
        table(
            ["Group", "Computers", "Id"],
            groups.iter().map(|group| {
                [format!("{}{}", "  ".repeat(group.depth), group.name), count(group.computers), group.id.to_string()]
            }),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn targeting(place: &Place, who: Option<Targeting>, output: &Output) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(place).await?;
    let setting: TargetingSetting = match who {
        None => administration.read("/api/v1/targeting", &()).await?,
        Some(who) => {
            let setting = TargetingSetting { client_side: who == Targeting::Client };
            administration.send(Method::PUT, "/api/v1/targeting", &setting).await?
        }
    };
    output.print(&setting, |setting| {
        let who =
            if setting.client_side { "the computers decide by their own policy" } else { "the administrator decides" };
        format!("{who} which groups a computer is in")
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The address of one group.
fn one(name: &str) -> String {
    format!("/api/v1/groups/{}", super::path_segment(name))
}
