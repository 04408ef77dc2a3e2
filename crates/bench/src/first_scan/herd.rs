use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::call::{Answer, connect, exchange};
use super::recorded::Step;
use crate::estate::computer;
use crate::figures::{Latency, Spread, rows};
use crate::process::Server;
use crate::scan::asking::Seal;

/// The most round trips a stock client makes in one scan (native-behaviour, C12).
const TRIPS_MAX: usize = 200;
/// How long it waits for an answer.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// How long it waits after a refusal that names no time.
const PAUSE: Duration = Duration::from_secs(1);
/// Time for all of them to get ready: they begin at one moment.
const GET_READY: Duration = Duration::from_secs(2);
/// An answer may be so much longer or shorter than the recorded one: its cookie compresses differently.
const LENGTH_TOLERANCE: usize = 512;

/// First scans of many at once.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    computers: usize,
    completed: usize,
    calls: usize,
    trips: Option<Spread>,
    /// Answers with a status from 500 on, refusals included.
    server_errors: usize,
    /// Those that say when to come again.
    refusals: usize,
    /// Answers with any other status than 200.
    other_errors: usize,
    /// Answers that were not as long as what a computer of the build was told before.
    other_answers: usize,
    timed_out: usize,
    /// Connections that were not accepted, or broke.
    broken: usize,
    first_break: Option<String>,
    too_many_trips: usize,
    longest_call_seconds: f64,
    p50_ms: f64,
    p99_ms: f64,
    seconds: f64,
    computers_per_second: f64,
    received_mib: f64,
    cpu_seconds: f64,
    cpu_seconds_each: f64,
    memory_before_mib: f64,
    memory_peak_mib: f64,
}

struct Shared {
    port: u16,
    builds: Vec<Vec<Step>>,
    seal: Seal,
    start: Instant,
}

/// What became of one computer.
#[derive(Default)]
struct Outcome {
    completed: bool,
    calls: Vec<Duration>,
    server_errors: usize,
    refusals: usize,
    other_errors: usize,
    other_answers: usize,
    timed_out: usize,
    broken: usize,
    first_break: Option<String>,
    received: usize,
}

/// Lets computers 0 to `count` scan, each over a connection of its own, saying what a computer of its build said before.
pub(super) fn run(server: &Server, builds: Vec<Vec<Step>>, seal: Seal, count: usize) -> anyhow::Result<Report> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("could not start a runtime")?;
    let memory_before_mib = server.process.memory_mib("VmRSS")?;
    let cpu_before = server.process.cpu_seconds()?;
    let start = Instant::now() + GET_READY;
    let shared = Arc::new(Shared { port: server.port, builds, seal, start });
    let outcomes = runtime.block_on(async {
        let mut working = JoinSet::new();
        for number in 0..count {
            working.spawn(one(Arc::clone(&shared), number));
        }
        working.join_all().await
    });
    let outcomes = outcomes.into_iter().collect::<anyhow::Result<Vec<Outcome>>>()?;
    let seconds = start.elapsed().as_secs_f64();
    let cpu_seconds = server.process.cpu_seconds()? - cpu_before;

    let sum = |figure: fn(&Outcome) -> usize| outcomes.iter().map(figure).sum::<usize>();
    let completed = sum(|one| usize::from(one.completed));
    let mut calls: Vec<Duration> = outcomes.iter().flat_map(|one| one.calls.iter().copied()).collect();
    let latency = Latency::of(&mut calls);
    Ok(Report {
        computers: count,
        completed,
        calls: calls.len(),
        trips: Some(Spread::among(outcomes.iter().map(|one| one.calls.len() as f64))),
        server_errors: sum(|one| one.server_errors),
        refusals: sum(|one| one.refusals),
        other_errors: sum(|one| one.other_errors),
        other_answers: sum(|one| one.other_answers),
        timed_out: sum(|one| one.timed_out),
        broken: sum(|one| one.broken),
        first_break: outcomes.iter().find_map(|one| one.first_break.clone()),
        too_many_trips: sum(|one| usize::from(!one.completed && one.calls.len() >= TRIPS_MAX)),
        longest_call_seconds: calls.last().map_or(0.0, Duration::as_secs_f64),
        p50_ms: latency.p50,
        p99_ms: latency.p99,
        seconds,
        computers_per_second: completed as f64 / seconds,
        received_mib: sum(|one| one.received) as f64 / f64::from(1 << 20),
        cpu_seconds,
        cpu_seconds_each: cpu_seconds / count as f64,
        memory_before_mib,
        memory_peak_mib: server.process.memory_mib("VmHWM")?,
    })
}

async fn one(shared: Arc<Shared>, number: usize) -> anyhow::Result<Outcome> {
    let id = computer(number)?;
    let steps = number.checked_rem(shared.builds.len()).and_then(|build| shared.builds.get(build));
    let steps = steps.context("there is no build")?;
    tokio::time::sleep_until(shared.start.into()).await;
    let mut outcome = Outcome::default();
    let mut connection = None;
    for step in steps {
        let cookie = shared.seal.text(&step.request.session, id.clone());
        loop {
            if outcome.calls.len() >= TRIPS_MAX {
                return Ok(outcome);
            }
            let mut request = Vec::with_capacity(step.request.len());
            step.request.write(&cookie, &mut request);
            let began = Instant::now();
            let called = tokio::time::timeout(WAIT_MAX, call(&mut connection, shared.port, number, request)).await;
            outcome.calls.push(began.elapsed());
            match called {
                Ok(Ok(answer)) => {
                    outcome.received += answer.bytes;
                    if answer.closes {
                        connection = None;
                    }
                    match answer.status {
                        200 => {
                            let differs = answer.bytes.abs_diff(step.answer_bytes) > LENGTH_TOLERANCE;
                            outcome.other_answers += usize::from(differs);
                            break;
                        }
                        500.. => {
                            outcome.server_errors += 1;
                            outcome.refusals += usize::from(answer.retry_after.is_some());
                        }
                        _ => outcome.other_errors += 1,
                    }
                    tokio::time::sleep(answer.retry_after.unwrap_or(PAUSE)).await;
                }
                Ok(Err(error)) => {
                    outcome.broken += 1;
                    outcome.first_break.get_or_insert_with(|| error.to_string());
                    connection = None;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(_) => {
                    outcome.timed_out += 1;
                    connection = None;
                }
            }
        }
    }
    outcome.completed = true;
    Ok(outcome)
}

async fn call(
    connection: &mut Option<TcpStream>,
    port: u16,
    number: usize,
    request: Vec<u8>,
) -> std::io::Result<Answer> {
    let stream = match connection.take() {
        Some(stream) => stream,
        None => connect(port, number).await?,
    };
    exchange(connection.insert(stream), request).await
}

impl Report {
    pub(super) fn table(&self) -> String {
        let trips = self.trips.as_ref().map(ToString::to_string).unwrap_or_default();
        let broken = self.first_break.as_ref().map_or_else(String::new, |why| format!(", the first: {why}"));
        rows(&[
            ("computers, completed", format!("{}, {}", self.computers, self.completed)),
            ("trips of one, of all", format!("{trips}, {}", self.calls)),
            ("statuses from 500, among them refusals", format!("{}, {}", self.server_errors, self.refusals)),
            ("other statuses, unexpected answers", format!("{}, {}", self.other_errors, self.other_answers)),
            ("no answer within 60 s", self.timed_out.to_string()),
            ("not accepted or broken", format!("{}{broken}", self.broken)),
            ("gave up after 200 trips", self.too_many_trips.to_string()),
            ("longest call", format!("{:.2} s", self.longest_call_seconds)),
            ("p50, p99", format!("{:.0} ms, {:.0} ms", self.p50_ms, self.p99_ms)),
            ("all done after", format!("{:.1} s: {:.1} computers a second", self.seconds, self.computers_per_second)),
            ("received", format!("{:.0} MiB, compressed", self.received_mib)),
            ("server CPU, all and each", format!("{:.1} s, {:.3} s", self.cpu_seconds, self.cpu_seconds_each)),
            (
                "server memory before, peak",
                format!("{:.0} MiB, {:.0} MiB", self.memory_before_mib, self.memory_peak_mib),
            ),
        ])
    }
}
