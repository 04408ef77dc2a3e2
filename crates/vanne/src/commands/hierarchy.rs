//! `vanne upstream`, `vanne subscription`, `vanne servers` and `vanne eula`.

mod details;

use std::collections::BTreeMap;
use std::process::ExitCode;

use http::Method;
use model::UpdateId;
use server::admin::api::{
    AcceptLicences, ChangeServer, EstimateAnswer, LanguageAmount, Licence, ServerSummary, SubscriptionAnswer,
    UpstreamAnswer,
};
use server::config::UpstreamConfig;
use server::sync::amounts::{Amount, Amounts};
use server::sync::settings::Subscription;
use uuid::Uuid;

use super::upstream;
use crate::administration::Administration;
use crate::arguments::{Choice, EulaCommand, Place, ServersCommand, SubscriptionCommand, UpstreamCommand};
use crate::exit::Failure;
use crate::output::{Output, age, bytes, count, table};

const UPSTREAM: &str = "/api/v1/upstream";
const SUBSCRIPTION: &str = "/api/v1/subscription";
const LICENCES: &str = "/api/v1/licences";

pub(crate) async fn upstream(command: UpstreamCommand, output: &Output) -> Result<ExitCode, Failure> {
    let answer: UpstreamAnswer = match command {
        UpstreamCommand::Show(place) => Administration::connect(&place).await?.read(UPSTREAM, &()).await?,
        UpstreamCommand::Remove(place) => {
            Administration::connect(&place).await?.send(Method::DELETE, UPSTREAM, &()).await?
        }
        UpstreamCommand::Set { place, kind, url, replica, proxy, every_minutes, fallback, trust } => {
            let administration = Administration::connect(&place).await?;
            if url.is_none() && !trust.is_empty() {
                return Err(Failure::usage("--ca, --pin and --accept-pin are for the upstream that --url names"));
            }
            if let Some(url) = url.as_ref().filter(|_| !trust.is_empty()) {
                upstream::say(&administration, url, proxy.clone(), &trust).await?;
            }
            let (patience_secs, trust) = (None, Vec::new());
            let settings = UpstreamConfig {
                kind: kind.into(),
                url,
                replica,
                proxy,
                every_minutes,
                patience_secs,
                fallback,
                trust,
            };
            administration.send(Method::PUT, UPSTREAM, &settings).await?
        }
        UpstreamCommand::Trust { place, url, trust, forget } => {
            return upstream::trust(&place, url, &trust, forget, output).await;
        }
        UpstreamCommand::Probe { place, url, kind } => return upstream::probe(&place, url, kind.into(), output).await,
        UpstreamCommand::Pins(command) => return upstream::pins(command, output).await,
    };
    output.print(&answer, |answer| match &answer.upstream {
        None => "there is no upstream: updates are taken in by hand only".to_owned(),
        Some(upstream) => described(upstream),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn described(upstream: &UpstreamConfig) -> String {
    let kind = match upstream.kind {
        sync::Kind::Microsoft => "Microsoft's service",
        sync::Kind::Wsus => "the WSUS",
        sync::Kind::Vanne => "the server",
    };
    let url = upstream.url.as_ref().map_or_else(String::new, |url| format!(" {url}"));
    let role = if upstream.replica { ", as its replica: groups and approvals come from there as well" } else { "" };
    let when = match upstream.every_minutes {
        Some(minutes) => format!("every {minutes} minutes"),
        None => "when `vanne sync --now` says so".to_owned(),
    };
    let plain = match upstream.url.as_ref().is_some_and(|url| url.starts_with("http://")) {
        true => "; without TLS, so that anybody on the way can change what it says",
        false => "",
    };
    format!("updates come from {kind}{url}{role}, {when}{plain}")
}

pub(crate) async fn subscription(command: SubscriptionCommand, output: &Output) -> Result<ExitCode, Failure> {
    let answer: SubscriptionAnswer = match command {
        SubscriptionCommand::Show(place) => Administration::connect(&place).await?.read(SUBSCRIPTION, &()).await?,
        SubscriptionCommand::Set { place, choice } => {
            let choice = chosen(choice);
            Administration::connect(&place).await?.send(Method::PUT, SUBSCRIPTION, &choice).await?
        }
        SubscriptionCommand::Estimate { place, choice } => return estimate(&place, chosen(choice), output).await,
    };
    output.print(&answer, |answer| {
        let SubscriptionAnswer { subscription, titles, here, languages } = answer;
        format!("{}\n{}", parts(subscription, titles, here, "here"), spoken(subscription, languages))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// About how much a choice would be, or what is chosen.
async fn estimate(place: &Place, choice: Subscription, output: &Output) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(place).await?;
    let choice = match choice == Subscription::default() {
        true => administration.read::<SubscriptionAnswer>(SUBSCRIPTION, &()).await?.subscription,
        false => choice,
    };
    let path = format!("{SUBSCRIPTION}/estimate");
    let answer: EstimateAnswer = administration.send(Method::POST, &path, &choice).await?;
    output.print(&answer, |answer| {
        let EstimateAnswer { upstream, subscription, titles, there } = answer;
        parts(subscription, titles, there, &format!("at {upstream}"))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn chosen(choice: Choice) -> Subscription {
    Subscription {
        products: choice.product.into_iter().collect(),
        classifications: choice.classification.into_iter().collect(),
        languages: choice.language.iter().map(|language| language.to_lowercase()).collect(),
        devices: choice.device.iter().map(|device| device.trim().to_lowercase()).collect(),
        models: choice.model.into_iter().collect(),
    }
}

/// The parts of a choice, and how much of them is `place`.
fn parts(choice: &Subscription, titles: &BTreeMap<UpdateId, String>, amounts: &Amounts, place: &str) -> String {
    let Subscription { products, classifications, .. } = choice;
    let size = |bytes_of: Option<u64>| bytes_of.map_or_else(|| "-".to_owned(), bytes);
    let row = |kind: &str, title: String, amount: Option<&Amount>, id: String| {
        let revisions = amount.map_or_else(|| "-".to_owned(), |amount| count(amount.revisions));
        let amount = amount.copied().unwrap_or_default();
        [kind.to_owned(), title, revisions, size(amount.documents_bytes), size(amount.files_bytes), id]
    };
    let kinds = [("product", products), ("classification", classifications)];
    let each = kinds.into_iter().flat_map(|(kind, ids)| ids.iter().map(move |id| (kind, id))).map(|(kind, id)| {
        let title = titles.get(id).cloned().unwrap_or_else(|| "not known yet".to_owned());
        row(kind, title, amounts.parts.get(id), id.to_string())
    });
    let what = if products.is_empty() { "everything the upstream has" } else { "what is in both" };
    let apart = [("device", choice.devices.len()), ("model", choice.models.len())];
    let apart = apart.into_iter().filter(|(_, number)| *number > 0);
    let apart = apart.map(|(kind, number)| row(kind, format!("drivers for {number} of them"), None, String::new()));
    let whole = row("all", format!("{what}, {place}"), Some(&amounts.whole), String::new());
    table(["Kind", "Title", "Revisions", "Documents", "Files", "Id"], each.chain(apart).chain([whole]))
}

/// Which languages are chosen, and how much is here in which.
fn spoken(choice: &Subscription, languages: &BTreeMap<String, LanguageAmount>) -> String {
    let tags = choice.languages.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    if tags.is_empty() {
        return "files are fetched in all languages".to_owned();
    }
    let others = languages.values().filter(|amount| !amount.is_fetched && amount.binaries > 0).count();
    let files_in = |amount: &LanguageAmount| if amount.is_fetched { "fetched" } else { "not fetched" }.to_owned();
    let rows = languages
        .iter()
        .filter(|(_, amount)| amount.binaries > 0)
        .map(|(tag, amount)| [tag.clone(), count(amount.texts), count(amount.binaries), files_in(amount)]);
    let told = format!("files are fetched in {tags}, in English, and where they are in no language in particular");
    match others {
        0 => told,
        _ => format!("{told}\n\n{}", table(["Language", "With texts", "With files", "Files"], rows)),
    }
}

pub(crate) async fn servers(command: ServersCommand, output: &Output) -> Result<ExitCode, Failure> {
    let change = |label: Option<String>, refused: Option<bool>| ChangeServer { label, refused };
    let servers = match command {
        ServersCommand::Show { place, server } => return details::show(&place, &server, output).await,
        ServersCommand::List(place) => Administration::connect(&place).await?.read("/api/v1/servers", &()).await?,
        ServersCommand::Name { place, id, name } => changed(&place, id, &change(Some(name), None)).await?,
        ServersCommand::Refuse { place, id } => changed(&place, id, &change(None, Some(true))).await?,
        ServersCommand::Allow { place, id } => changed(&place, id, &change(None, Some(false))).await?,
        ServersCommand::Remove { place, id } => {
            Administration::connect(&place).await?.send(Method::DELETE, &one(id), &()).await?
        }
    };
    output.print(&servers, |servers: &Vec<ServerSummary>| {
        table(
            ["Server", "State", "Asks", "Role", "Computers", "Last heard of", "Last synchronised", "Last told", "Id"],
            servers.iter().map(|server| {
                let above = server.parent.and_then(|id| servers.iter().find(|other| other.id == id));
                let above = above.map_or_else(|| super::THIS_SERVER.to_owned(), |above| above.name.clone());
                let role = match server.is_replica {
                    None => "-",
                    Some(true) => "replica",
                    Some(false) => "autonomous",
                };
                let name = match &server.label {
                    Some(label) => format!("{label} ({})", server.name),
                    None => server.name.clone(),
                };
                let state = if server.refused { "refused" } else { "allowed" };
                let known = match &server.figures {
                    Some(figures) if u64::from(figures.computers) != server.computers => {
                        format!("{} of {}", count(server.computers), count(figures.computers.into()))
                    }
                    _ => count(server.computers),
                };
                [
                    name,
                    state.to_owned(),
                    above,
                    role.to_owned(),
                    known,
                    age(Some(server.last_contact)),
                    age(server.last_sync),
                    age(server.last_rollup),
                    server.id.to_string(),
                ]
            }),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn changed(place: &Place, id: Uuid, change: &ChangeServer) -> Result<Vec<ServerSummary>, Failure> {
    Administration::connect(place).await?.send(Method::PATCH, &one(id), change).await
}

fn one(id: Uuid) -> String {
    format!("/api/v1/servers/{id}")
}

pub(crate) async fn eula(command: EulaCommand, output: &Output) -> Result<ExitCode, Failure> {
    let licences: Vec<Licence> = match command {
        EulaCommand::List(place) => Administration::connect(&place).await?.read(LICENCES, &()).await?,
        EulaCommand::Accept { place, id } => {
            let request = AcceptLicences { licences: id };
            Administration::connect(&place).await?.send(Method::POST, LICENCES, &request).await?
        }
    };
    output.print(&licences, |licences| {
        table(
            ["Licence of", "Updates", "Accepted", "Id"],
            licences.iter().map(|licence| {
                let accepted = licence.accepted_at.map_or_else(|| "no".to_owned(), |at| at.to_string());
                [licence.title.clone(), count(licence.updates), accepted, licence.id.to_string()]
            }),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
