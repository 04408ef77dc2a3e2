//! `vanne servers show`: one server below.

use std::process::ExitCode;

use server::admin::api::{InstallsCounted, ServerDetails, SystemCounted};

use crate::administration::Administration;
use crate::arguments::Place;
use crate::exit::Failure;
use crate::output::{Output, age, count, table};

/// Updates that are listed; JSON has them all.
const LISTED: usize = 20;

pub(super) async fn show(place: &Place, server: &str, output: &Output) -> Result<ExitCode, Failure> {
    let path = format!("/api/v1/servers/{}", escaped(server));
    let details: ServerDetails = Administration::connect(place).await?.read(&path, &()).await?;
    output.print(&details, described)?;
    Ok(ExitCode::SUCCESS)
}

/// A name as a part of a path: names are hosts', ids, or whatever an administrator likes.
fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn described(details: &ServerDetails) -> String {
    let server = &details.server;
    let name = server.label.as_ref().map_or_else(|| server.name.clone(), |label| format!("{label} ({})", server.name));
    let mut text =
        format!("{name}: told {}, {} computers known here", age(server.last_rollup), count(server.computers));
    if let Some(figures) = &server.figures {
        text.push_str(&format!(
            "\nby its own account: {} computers, {} of them need updates; {} updates, {} of them approved, {} expired, {} \
             waiting for files ({} with errors)",
            count(figures.computers.into()),
            count(figures.computers_needing_updates.into()),
            count(figures.updates.into()),
            count(figures.approved_updates.into()),
            count(figures.expired_updates.into()),
            count(figures.updates_needing_files.into()),
            count(figures.updates_with_server_errors.into()),
        ));
    }
    if !server.systems.is_empty() {
        let row = |system: &SystemCounted| {
            let SystemCounted { os, locale, architecture, computers, told_at } = system;
            [os.clone(), locale.clone(), architecture.clone(), count(*computers), age(Some(*told_at))]
        };
        let rows = server.systems.iter().map(row);
        text.push_str(&format!("\n\n{}", table(["System", "Locale", "Processor", "Computers", "Told"], rows)));
    }
    if !details.installed.is_empty() {
        let row = |one: &InstallsCounted| {
            let title = one.title.clone().unwrap_or_else(|| one.update.to_string());
            [title, count(one.successes), count(one.failures)]
        };
        let rows = details.installed.iter().take(LISTED).map(row);
        text.push_str(&format!("\n\n{}", table(["Update", "Installed", "Failed"], rows)));
    }
    text
}
