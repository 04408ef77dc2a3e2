//! A Windows Update Agent that is none: it follows a stock client's state machine over real HTTP.
//!
//! What it sends, in which order and with which headers, is what a Windows 11 25H2 agent was seen to send;
//! what makes a stock client fail makes this one fail too, as a typed [`AgentError`] or [`Finding`]. It
//! stands on [`metadata`] for fragments and rules and on [`wire`] for messages; on top of the latter it
//! reads the order of elements itself, which the reader of [`wire`] deliberately forgives.
//!
//! ```no_run
//! use testkit::agent::{Agent, AgentProfile};
//! use testkit::machine::{Machine, MachineProfile};
//!
//! # async fn run() -> Result<(), testkit::agent::AgentError> {
//! let profile = AgentProfile::new(Machine::new(MachineProfile::Windows11, 1), 1);
//! let mut agent = Agent::new("http://127.0.0.1:8530", profile)?;
//! agent.update().await?;
//! println!("{:?}", agent.summary());
//! # Ok(())
//! # }
//! ```

mod cache;
mod download;
mod error;
mod events;
mod extended;
mod install;
mod network;
mod offer;
mod order;
mod profile;
mod scan;
mod session;
mod stock;
mod summary;

pub use error::{AgentError, Finding};
pub use network::Network;
pub use offer::{Offer, Payload, Progress};
pub use profile::AgentProfile;
pub use scan::Scan;
pub use summary::Summary;

use cache::Cache;
use events::Events;
use session::Session;

use crate::machine::Machine;

/// One agent on one computer. It keeps cookie, cache and unsent events from call to call, as a stock one does.
pub struct Agent {
    network: Network,
    profile: AgentProfile,
    session: Session,
    cache: Cache,
    events: Events,
    offers: Vec<Offer>,
    summary: Summary,
}

impl Agent {
    /// An agent that talks to the server at `base_url` (`http://host:port`) over connections of its own.
    ///
    /// # Errors
    /// [`AgentError::Address`].
    pub fn new(base_url: &str, profile: AgentProfile) -> Result<Self, AgentError> {
        Ok(Self::on(&Network::new(base_url)?, profile))
    }

    /// An agent that shares connections, and fragments it has read, with others.
    pub fn on(network: &Network, profile: AgentProfile) -> Self {
        Self {
            network: network.clone(),
            session: Session::new(&profile),
            profile,
            cache: Cache::default(),
            events: Events::default(),
            offers: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// Everything an agent does by itself: scans, reports, installs what is offered, reports, and scans and
    /// reports once more if it installed anything.
    ///
    /// # Errors
    /// [`AgentError`]; what was done until then is in the summary.
    pub async fn update(&mut self) -> Result<(), AgentError> {
        self.scan().await?;
        self.report().await?;
        if self.offers.is_empty() {
            return Ok(());
        }
        self.prepare().await?;
        self.download().await;
        self.install();
        self.report().await?;
        if self.profile.restarts && self.profile.machine.needs_restart() {
            self.restart();
        }
        self.scan().await?;
        self.report().await
    }

    /// Restarts the computer: what waited for it is installed then.
    pub fn restart(&mut self) {
        self.profile.machine.restart();
        self.cache.forget_pending();
    }

    /// The computer it runs on.
    pub fn machine(&self) -> &Machine {
        &self.profile.machine
    }

    /// What the last scan offered to install.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// How many revisions the agent has cached.
    pub fn cached(&self) -> usize {
        self.cache.len()
    }

    /// What it has done so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What it has done since this was asked last; counting starts anew.
    pub fn take_summary(&mut self) -> Summary {
        std::mem::take(&mut self.summary)
    }

    /// The id it goes by.
    pub fn computer(&self) -> &model::ComputerId {
        &self.profile.computer
    }

    /// Points it to another server, as a changed policy or host name does. It keeps its cookie and its cache.
    pub fn move_to(&mut self, network: &Network) {
        self.network = network.clone();
    }

    /// Takes the cookie away, as a client whose store was damaged.
    pub fn forget_cookie(&mut self) {
        self.session.forget_cookie();
    }
}

#[cfg(test)]
mod tests;
