//! `vanne status`: what computers reported, and how old that knowledge is.

use std::process::ExitCode;

use server::admin::api::{ServerCounted, StatusAnswer, StatusQuery, StatusRow};

use crate::administration::Administration;
use crate::arguments::StatusArguments;
use crate::exit::Failure;
use crate::output::{Output, age, count, table};

pub(crate) async fn run(arguments: StatusArguments, output: &Output) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(&arguments.place).await?;
    let query = StatusQuery {
        group: arguments.group,
        computer: arguments.computer,
        update: arguments.update,
        kb: arguments.kb,
        cve: arguments.cve,
    };
    let answer: StatusAnswer = administration.read("/api/v1/status", &query).await?;
    output.print(&answer, text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(answer: &StatusAnswer) -> String {
    let mut text = format!(
        "{} computers, {} updates; {} computers have never reported\noldest report {}, newest {}\n\n",
        count(answer.computers),
        count(answer.updates),
        count(answer.computers_unknown),
        age(answer.oldest_report),
        age(answer.newest_report),
    );
    for ServerCounted { server, computers } in &answer.servers {
        text.insert_str(text.len() - 1, &format!("{} computers of {}\n", count(*computers), super::told_by(server)));
    }
    text.push_str(&table(
        ["State", "Computers × updates"],
        answer.counts.iter().map(|(state, number)| [state.to_string(), count(*number)]),
    ));
    if !answer.rows.is_empty() {
        text.push_str("\n\n");
        text.push_str(&rows(&answer.rows));
    }
    text
}

/// Whoever has no servers below need not read whose computer it is.
fn rows(rows: &[StatusRow]) -> String {
    if rows.iter().all(|row| row.server.is_none()) {
        return table(["Computer", "State", "Since", "Update"], rows.iter().map(cells));
    }
    table(
        ["Computer", "Server", "State", "Since", "Update"],
        rows.iter().map(|row| {
            let [computer, state, since, update] = cells(row);
            let server = row.server.as_ref().map_or(super::THIS_SERVER, |server| &server.name);
            [computer, server.to_owned(), state, since, update]
        }),
    )
}

fn cells(row: &StatusRow) -> [String; 4] {
    [
        row.dns_name.clone().unwrap_or_else(|| row.computer.to_string()),
        row.state.to_string(),
        age(row.since),
        format!("{} {}", row.update_id, row.title),
    ]
}
