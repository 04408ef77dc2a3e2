use model::ComputerId;
use uuid::Uuid;

use crate::machine::Machine;

/// Who an agent is and how it behaves.
#[derive(Clone, Debug)]
pub struct AgentProfile {
    /// The id it chose for itself.
    pub computer: ComputerId,
    /// Groups it claims, joined by `;`, where client-side targeting is configured on it.
    pub target_group: Option<String>,
    /// The computer.
    pub machine: Machine,
    /// For everything that looks random: order of pieces, failures.
    pub seed: u64,
    /// Pieces of one file that are asked for at the same time.
    pub connections: usize,
    /// Of 100 installations, how many fail.
    pub failing_percent: usize,
    /// Restarts when an installation wants it, instead of waiting.
    pub restarts: bool,
    /// The longest file it downloads; a longer one is a finding.
    pub file_bytes_max: u64,
}

impl AgentProfile {
    /// The agent of `machine`, with an id that follows from `seed`; it installs without failures and restarts.
    pub fn new(machine: Machine, seed: u64) -> Self {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("https://contoso.example/agents/{seed}").as_bytes());
        Self {
            computer: id.hyphenated().to_string().parse().expect("a GUID is a computer's id"),
            target_group: None,
            machine,
            seed,
            connections: 4,
            failing_percent: 0,
            restarts: true,
            file_bytes_max: 64 << 20,
        }
    }

    /// Claiming those groups, joined by `;`.
    pub fn claiming(mut self, groups: &str) -> Self {
        self.target_group = Some(groups.to_owned());
        self
    }

    /// With that many failures in 100 installations.
    pub fn failing(mut self, percent: usize) -> Self {
        self.failing_percent = percent;
        self
    }

    /// Waiting for somebody to restart the computer.
    pub fn waiting_for_restart(mut self) -> Self {
        self.restarts = false;
        self
    }
}
