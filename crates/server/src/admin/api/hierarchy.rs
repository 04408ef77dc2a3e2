//! Servers above and below: upstream, subscription, synchronisations, downstream servers, licences.

use std::collections::BTreeMap;

use model::{Timestamp, UpdateId};
use serde::{Deserialize, Serialize};

use crate::sync::amounts::Amounts;
use crate::sync::settings::Subscription;

/// `GET /api/v1/upstream`: where updates come from. `PUT` takes an [`UpstreamConfig`](crate::config::UpstreamConfig).
#[derive(Debug, Serialize, Deserialize)]
pub struct UpstreamAnswer {
    /// The upstream, if there is one.
    pub upstream: Option<crate::config::UpstreamConfig>,
    /// The configuration file says so, and commands cannot change it.
    pub is_in_file: bool,
}

/// `GET /api/v1/subscription`: which updates are wanted. `PUT` takes the subscription alone.
#[derive(Debug, Serialize, Deserialize)]
pub struct SubscriptionAnswer {
    /// What was chosen.
    pub subscription: Subscription,
    /// Titles of what was chosen, where known.
    pub titles: BTreeMap<UpdateId, String>,
    /// How much of it is here.
    pub here: Amounts,
    /// Languages that revisions here are in, by tag.
    pub languages: BTreeMap<String, LanguageAmount>,
}

/// How many revisions here are in a language; other revisions of an update count as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageAmount {
    /// With texts in it.
    pub texts: u64,
    /// With binaries in it, and not in all languages.
    pub binaries: u64,
    /// Files in it are fetched.
    pub is_fetched: bool,
}

/// `POST /api/v1/subscription/estimate` of a [`Subscription`]: about how much that would be; nothing is changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct EstimateAnswer {
    /// The upstream that answered.
    pub upstream: String,
    /// What was asked about.
    pub subscription: Subscription,
    /// Titles of what was chosen, where known.
    pub titles: BTreeMap<UpdateId, String>,
    /// How much the upstream has of it, what is here already included; sizes are told from up to 50 documents of each.
    pub there: Amounts,
}

/// `POST /api/v1/sync`: synchronise now.
#[derive(Debug, Serialize, Deserialize)]
pub struct SyncRequest {
    /// Answer when it is over.
    pub wait: bool,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct SyncAnswer {
    /// What was done; absent if nobody waited.
    pub details: Option<crate::sync::RunDetails>,
}

/// `GET /api/v1/sync`: what goes on, and how the last ones ended.
#[derive(Debug, Serialize, Deserialize)]
pub struct SyncState {
    /// What goes on.
    pub stage: StageAnswer,
    /// The latest first.
    pub runs: Vec<SyncRun>,
    /// How far the server above was told how computers are doing; absent before the first time.
    pub rollup: Option<crate::rollup::RollupState>,
}

/// How far a synchronisation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum StageAnswer {
    /// None is under way.
    Idle,
    /// The upstream is asked what it has.
    Listing,
    /// Documents are fetched.
    Fetching {
        /// Of them, fetched or refused.
        done: usize,
        /// How many there are.
        total: usize,
        /// Their bytes so far, unpacked.
        bytes: u64,
    },
    /// Documents are taken into the catalog.
    Applying {
        /// Of them, taken or refused.
        done: usize,
        /// How many there are.
        total: usize,
    },
}

/// A synchronisation.
#[derive(Debug, Serialize, Deserialize)]
pub struct SyncRun {
    /// Its number.
    pub run: i32,
    /// The upstream.
    pub upstream: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// `under-way`, `succeeded`, `failed` or `cut-short`.
    pub outcome: String,
    /// What it did.
    pub details: crate::sync::RunDetails,
}

/// `POST /api/v1/sync/plan`: what a synchronisation would fetch; nothing is changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlanAnswer {
    /// The upstream that answered.
    pub upstream: String,
    /// Revisions that are not here.
    pub revisions: usize,
    /// Of these, revisions of updates that are here in another one.
    pub changed: usize,
    /// About how many bytes their documents have, unpacked; told from up to 50 of them. Absent if that cannot be told.
    pub documents_bytes: Option<u64>,
    /// About how many bytes the files have that they name and that are of use, by languages and express files as chosen;
    /// which of them are fetched is for `content.mode` to say.
    pub files_bytes: Option<u64>,
    /// The upstream serves no files: they come from their publisher.
    pub is_catalog_only: bool,
}

/// A server below this one.
#[derive(Debug, Serialize, Deserialize)]
pub struct ServerSummary {
    /// Its id.
    pub id: uuid::Uuid,
    /// The name it gives itself.
    pub name: String,
    /// The name the administrator gave it.
    pub label: Option<String>,
    /// The server it asks, if it is not this one.
    pub parent: Option<uuid::Uuid>,
    /// It is not answered.
    pub refused: bool,
    /// When it was first heard of.
    pub first_seen: Timestamp,
    /// When it was last heard of.
    pub last_contact: Timestamp,
    /// When it last synchronised, by its own account.
    pub last_sync: Option<Timestamp>,
    /// When what is known of it and its computers was told: how old that is.
    pub last_rollup: Option<Timestamp>,
    /// Its computers that are known here, those of servers below it not counted.
    pub computers: u64,
    /// What its computers run, as it tells in sum.
    #[serde(default)]
    pub systems: Vec<SystemCounted>,
    /// What it counted itself then; absent if it never told anything.
    pub figures: Option<wire::reporting::rollup::ServerSummary>,
    /// Its version, by its own account.
    pub version: Option<String>,
    /// It is a replica, by its own account.
    pub is_replica: Option<bool>,
}

/// Computers of a server below that run the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemCounted {
    /// The system, told by its build; `not known` for computers that never said.
    pub os: String,
    /// Its locale, such as `en-US`.
    pub locale: String,
    /// The processor's architecture, such as `AMD64`.
    pub architecture: String,
    /// How many they are.
    pub computers: u64,
    /// When that was told.
    pub told_at: Timestamp,
}

/// `GET /api/v1/servers/{id or name}`: one server below.
#[derive(Debug, Serialize, Deserialize)]
pub struct ServerDetails {
    /// The server.
    #[serde(flatten)]
    pub server: ServerSummary,
    /// What was installed on its computers, by its account, since it tells that: what failed most first, at most 1,000.
    pub installed: Vec<InstallsCounted>,
}

/// How often an update was installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallsCounted {
    /// The update.
    pub update: UpdateId,
    /// Its title, if it is here.
    pub title: Option<String>,
    /// Times it was installed.
    pub successes: u64,
    /// Times it could not be.
    pub failures: u64,
}

/// A server below, where something of it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerKnown {
    /// Its id.
    pub id: uuid::Uuid,
    /// The name the administrator gave it, else its own.
    pub name: String,
    /// When it last told of its computers: how old that is.
    pub told_at: Option<Timestamp>,
}

/// A server below and what of it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerCounted {
    /// The server.
    #[serde(flatten)]
    pub server: ServerKnown,
    /// Its computers, those of servers below it not counted.
    pub computers: u64,
}

/// `PATCH /api/v1/servers/{id}`: what is to be changed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeServer {
    /// Another name for it; an empty one takes it back.
    pub label: Option<String>,
    /// Do not answer it, or do so again.
    pub refused: Option<bool>,
}

/// A licence that updates ask for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Licence {
    /// Its id.
    pub id: uuid::Uuid,
    /// One of the updates that ask for it.
    pub title: String,
    /// How many do.
    pub updates: u64,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
}

/// `POST /api/v1/licences`: licences that the administrator accepts.
#[derive(Debug, Serialize, Deserialize)]
pub struct AcceptLicences {
    /// Their ids.
    pub licences: Vec<uuid::Uuid>,
}
