//! Many agents at once: what `vanne demo` shows and what the benches measure with.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::ComputerId;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::agent::{Agent, AgentError, AgentProfile, Network, Summary};
use crate::machine::{Machine, MachineProfile};

/// What each agent of a fleet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Scans, and reports what it found.
    Scan,
    /// Scans, installs what is offered, scans again, reporting all of it.
    Update,
}

/// How far a fleet has come.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Agents in the fleet.
    pub total: usize,
    /// Agents that are done, the failed ones included.
    pub done: usize,
    /// Agents that gave up.
    pub failed: usize,
    /// What those that are done did, together.
    pub summary: Summary,
}

/// What became of a fleet.
pub struct Outcome {
    /// The agents, in no order, as they are afterwards: they can work again.
    pub agents: Vec<Agent>,
    /// What they did this time, together.
    pub summary: Summary,
    /// Which gave up, and why.
    pub failures: Vec<(ComputerId, AgentError)>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Agents of `count` computers: 6 of 10 run Windows 11, 2 Windows 10, 1 is a server, 1 has an ARM processor.
///
/// `seed` makes computers of two fleets different ones.
pub fn agents(network: &Network, count: usize, seed: u64) -> Vec<Agent> {
    let numbers = (seed.wrapping_mul(1_000_000)..).zip(0..count);
    numbers.map(|(id, number)| Agent::on(network, AgentProfile::new(computer(number), id))).collect()
}

/// The `number`th computer of a mixed fleet.
pub fn computer(number: usize) -> Machine {
    let profile = match number % 10 {
        3 | 7 => MachineProfile::Windows10,
        5 => MachineProfile::Server2025,
        9 => MachineProfile::Windows11Arm,
        _ => MachineProfile::Windows11,
    };
    Machine::new(profile, number)
}

/// Lets all agents do their work, at most `concurrency` of them at once; `tell` hears of each that is done.
///
/// Cheap: connections and fragments are shared, and an agent that waits costs its cache only.
pub async fn run(
    agents: Vec<Agent>,
    work: Work,
    concurrency: usize,
    tell: impl Fn(&Progress) + Send + Sync + 'static,
) -> Outcome {
    let started = Instant::now();
    let progress = Arc::new(Mutex::new(Progress { total: agents.len(), ..Progress::default() }));
    let turns = Arc::new(Semaphore::new(concurrency.max(1)));
    let tell = Arc::new(tell);
    let mut working = JoinSet::new();
    for agent in agents {
        let (turns, progress, tell) = (Arc::clone(&turns), Arc::clone(&progress), Arc::clone(&tell));
        working.spawn(async move {
            // The semaphore is never closed, so there is always a turn to wait for.
            let _turn = turns.acquire_owned().await;
            let (agent, outcome, summary) = one(agent, work).await;
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.done += 1;
            progress.failed += usize::from(outcome.is_err());
            progress.summary.merge(summary);
            tell(&progress);
            (agent, outcome)
        });
    }
    let mut outcome =
        Outcome { agents: Vec::new(), summary: Summary::default(), failures: Vec::new(), elapsed: Duration::ZERO };
    while let Some(finished) = working.join_next().await {
        let (agent, done) = match finished {
            Ok(finished) => finished,
            // No task is aborted, so it panicked: a bug of this crate, to be seen where it is waited for.
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        };
        if let Err(error) = done {
            outcome.failures.push((agent.computer().clone(), error));
        }
        outcome.agents.push(agent);
    }
    outcome.summary = progress.lock().unwrap_or_else(PoisonError::into_inner).summary.clone();
    outcome.elapsed = started.elapsed();
    outcome
}

async fn one(mut agent: Agent, work: Work) -> (Agent, Result<(), AgentError>, Summary) {
    let outcome = match work {
        Work::Update => agent.update().await,
        Work::Scan => match agent.scan().await {
            Ok(_) => agent.report().await,
            Err(error) => Err(error),
        },
    };
    let summary = agent.take_summary();
    (agent, outcome, summary)
}
