use std::error::Error;
use std::time::{Duration, Instant};

use ::sync::{Account, AtOnce, Keep, Kind, Page, Session, Upstream};
use anyhow::{Context as _, ensure};
use futures::future::try_join_all;
use serde::Serialize;
use uuid::Uuid;
use wire::server::Filter;

use crate::figures::{Latency, rows};
use crate::process::Server;

/// The list alone is asked for so often, one time after the other.
const LISTS: u32 = 10;

/// Servers that ask one upstream at once, as far as it is their upstream's work: what they fetch is thrown away.
#[derive(Debug, Serialize)]
pub(super) struct Crowd {
    servers: u32,
    revisions_each: usize,
    /// One server alone asks for the list of all updates and reads it.
    list_milliseconds: Latency,
    listed: usize,
    /// Until the last one had all.
    seconds: f64,
    documents_per_second: f64,
    upstream_cpu_seconds_per_thousand: f64,
    /// From the first question of each until it had all.
    each_milliseconds: Latency,
    memory_mib: f64,
    memory_peak_mib: f64,
}

/// Keeps nothing.
struct Nowhere;

impl Keep for Nowhere {
    async fn keep(&self, _: Page) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}

/// Has so many `servers` fetch the first `revisions` of the upstream each.
pub(super) fn ask(upstream: &Server, servers: u32, revisions: usize) -> anyhow::Result<Crowd> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("could not start a runtime")?;
    let address = Upstream::new(Kind::Vanne, &format!("http://127.0.0.1:{}", upstream.port))?;
    runtime.block_on(async {
        let (mut lists, listed) = list(&address).await?;
        upstream.process.forget_peak();
        let (memory_mib, cpu_before) = (upstream.process.memory_mib("VmRSS")?, upstream.process.cpu_seconds()?);
        let began = Instant::now();
        let mut took = try_join_all((0..servers).map(|number| take(&address, number, revisions))).await?;
        let seconds = began.elapsed().as_secs_f64();
        let documents = f64::from(servers) * revisions as f64;
        Ok(Crowd {
            servers,
            revisions_each: revisions,
            list_milliseconds: Latency::of(&mut lists),
            listed,
            seconds,
            documents_per_second: documents / seconds,
            upstream_cpu_seconds_per_thousand: (upstream.process.cpu_seconds()? - cpu_before) * 1_000.0 / documents,
            each_milliseconds: Latency::of(&mut took),
            memory_mib,
            memory_peak_mib: upstream.process.memory_mib("VmHWM")?,
        })
    })
}

async fn open(upstream: &Upstream, number: u32) -> anyhow::Result<Session> {
    let name = format!("downstream-{number:04}.contoso.example");
    let id = Uuid::new_v5(&Uuid::NAMESPACE_DNS, name.as_bytes());
    Ok(Session::open(upstream, Account { name, id }).await?)
}

/// How long the list of all updates takes, and how long it is.
async fn list(upstream: &Upstream) -> anyhow::Result<(Vec<Duration>, usize)> {
    let session = open(upstream, 0).await?;
    let (mut took, mut listed) = (Vec::new(), 0);
    for _ in 0..LISTS {
        let began = Instant::now();
        listed = session.revisions(&Filter::default()).await?.new_revisions.len();
        took.push(began.elapsed());
    }
    Ok((took, listed))
}

/// One of the crowd: how long it took.
async fn take(upstream: &Upstream, number: u32, revisions: usize) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let session = open(upstream, number).await?;
    let config = session.config(None).await?;
    let list = session.revisions(&Filter::default()).await?.new_revisions;
    ensure!(list.len() >= revisions, "the upstream has no more than {} updates", list.len());
    let wanted: Vec<_> = (0..).zip(list).take(revisions).collect();
    let at_once = AtOnce { documents: config.max_updates_per_request, keys: None };
    let fetched = session.fetch(&wanted, at_once, &Nowhere, &|_| ()).await?;
    ensure!(fetched.documents == revisions, "{} of {revisions} documents came", fetched.documents);
    Ok(began.elapsed())
}

impl Crowd {
    pub(super) fn table(&self) -> String {
        let Self { servers, revisions_each, listed, memory_mib, memory_peak_mib, .. } = self;
        let (list, each) = (self.list_milliseconds, self.each_milliseconds);
        let list = format!("p50 {:.0} ms, p99 {:.0} ms", list.p50, list.p99);
        format!(
            "the list of {listed} updates: {list}\n\n{servers} servers at once, {revisions_each} revisions each\n{}",
            rows(&[
                (
                    "all done after",
                    format!("{:.1} s; each p50 {:.0} ms, p99 {:.0} ms", self.seconds, each.p50, each.p99)
                ),
                ("documents a second", format!("{:.0}", self.documents_per_second)),
                ("upstream CPU, 1,000 documents", format!("{:.3} s", self.upstream_cpu_seconds_per_thousand)),
                ("upstream memory, peak", format!("{memory_mib:.0} MiB before, {memory_peak_mib:.0} MiB")),
            ])
        )
    }
}
