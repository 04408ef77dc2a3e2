//! `vanne upstream`, `vanne subscription`, `vanne servers` and `vanne eula`.

use std::process::ExitCode;

use http::Method;
use server::admin::api::{AcceptLicences, ChangeServer, Licence, ServerSummary, SubscriptionAnswer, UpstreamAnswer};
use server::config::UpstreamConfig;
use server::sync::settings::Subscription;
use uuid::Uuid;

use super::upstream;
use crate::administration::Administration;
use crate::arguments::{EulaCommand, Place, ServersCommand, SubscriptionCommand, UpstreamCommand};
use crate::exit::Failure;
use crate::output::{Output, age, count, table};

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
            if let Some(url) = url.as_ref().filter(|_| !trust.is_empty()) {
                upstream::say(&administration, url, &trust).await?;
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
        SubscriptionCommand::Set { place, product, classification, language } => {
            let subscription = Subscription {
                products: product.into_iter().collect(),
                classifications: classification.into_iter().collect(),
                languages: language.iter().map(|language| language.to_lowercase()).collect(),
            };
            Administration::connect(&place).await?.send(Method::PUT, SUBSCRIPTION, &subscription).await?
        }
    };
    output.print(&answer, |answer| {
        let Subscription { products, classifications, languages } = &answer.subscription;
        let tags = languages.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let spoken = if tags.is_empty() { tags } else { format!("\nlanguages the upstream is told of: {tags}") };
        if products.is_empty() {
            return format!("all that the upstream has is taken{spoken}");
        }
        let kinds = [("product", products), ("classification", classifications)];
        let rows = kinds.into_iter().flat_map(|(kind, ids)| ids.iter().map(move |id| (kind, id)));
        table(
            ["Kind", "Title", "Id"],
            rows.map(|(kind, id)| {
                let title = answer.titles.get(id).cloned().unwrap_or_else(|| "not known yet".to_owned());
                [kind.to_owned(), title, id.to_string()]
            }),
        ) + &spoken
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn servers(command: ServersCommand, output: &Output) -> Result<ExitCode, Failure> {
    let change = |label: Option<String>, refused: Option<bool>| ChangeServer { label, refused };
    let servers = match command {
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
