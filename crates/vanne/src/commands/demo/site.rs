//! A server of the demonstration, and what its administrator does.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use http::Method;
use model::{ApprovalAction, UpdateId};
use server::admin::api::{
    ApproveRequest, ChangeServer, ContentStatus, Decided, FetchAnswer, Overview, ServerSummary, StatusAnswer,
    StatusQuery, SubscriptionAnswer, SyncAnswer, SyncRequest, UpdateSummary, UpstreamAnswer, Which,
};
use server::config::UpstreamConfig;
use server::sync::RunDetails;
use server::sync::settings::Subscription;
use uuid::Uuid;

use super::parts::Part;
use crate::administration::Administration;
use crate::exit::Failure;

/// The group of all.
pub(super) const ALL: &str = "All Computers";

/// A running server.
pub(super) struct Site {
    pub(super) name: &'static str,
    pub(super) data_dir: PathBuf,
    part: Part,
    administration: Administration,
}

impl Site {
    /// Starts it on a folder of its own, with this configuration.
    pub(super) async fn start(
        folder: &Path,
        name: &'static str,
        http: SocketAddr,
        configuration: &str,
    ) -> Result<Self, Failure> {
        let data_dir = folder.join(name.to_lowercase());
        std::fs::create_dir(&data_dir).with_context(|| format!("could not make {}", data_dir.display()))?;
        std::fs::write(data_dir.join("vanne.toml"), configuration).context("could not write a configuration")?;
        let (option, address) = ("--http".into(), http.to_string().into());
        let words = ["server".into(), "--data-dir".into(), data_dir.clone().into(), option, address];
        let part = Part::start(folder, &name.to_lowercase(), words).await?;
        Ok(Self { name, part, administration: Administration::Server(data_dir.clone()), data_dir })
    }

    /// Where computers reach it.
    pub(super) fn url(&self) -> &str {
        &self.part.url
    }

    pub(super) async fn end(self) {
        self.part.end().await;
    }

    /// Names its upstream.
    pub(super) async fn follow(&self, kind: sync::Kind, url: &str, replica: bool) -> Result<(), Failure> {
        let settings = UpstreamConfig {
            kind,
            url: Some(url.to_owned()),
            replica,
            proxy: None,
            every_minutes: None,
            patience_secs: None,
            fallback: Vec::new(),
            trust: Vec::new(),
        };
        self.administration.send::<UpstreamAnswer>(Method::PUT, "/api/v1/upstream", &settings).await.map(drop)
    }

    /// Chooses products and classifications.
    pub(super) async fn subscribe(&self, chosen: &[UpdateId]) -> Result<(), Failure> {
        let chosen: std::collections::BTreeSet<UpdateId> = chosen.iter().copied().collect();
        let subscription =
            Subscription { products: chosen.clone(), classifications: chosen, ..Subscription::default() };
        let path = "/api/v1/subscription";
        self.administration.send::<SubscriptionAnswer>(Method::PUT, path, &subscription).await.map(drop)
    }

    pub(super) async fn synchronise(&self) -> Result<RunDetails, Failure> {
        let answer: SyncAnswer =
            self.administration.send(Method::POST, "/api/v1/sync", &SyncRequest { wait: true }).await?;
        Ok(answer.details.context("a synchronisation that was waited for tells what it did")?)
    }

    /// Of these updates, those that can be approved.
    pub(super) async fn approvable(&self, among: &[UpdateId]) -> Result<Vec<UpdateId>, Failure> {
        let query = [("deployable", "true"), ("limit", "100000")];
        let updates: Vec<UpdateSummary> = self.administration.read("/api/v1/updates", &query).await?;
        let ids = updates.into_iter().map(|update| update.identity.update_id);
        Ok(ids.filter(|id| among.contains(id)).collect())
    }

    /// Approves for all computers.
    pub(super) async fn approve(&self, updates: Which) -> Result<usize, Failure> {
        let request =
            ApproveRequest { updates, group: ALL.to_owned(), action: ApprovalAction::Install, deadline: None };
        let decided: Decided = self.administration.send(Method::POST, "/api/v1/approvals", &request).await?;
        Ok(decided.updates.len())
    }

    /// How many updates are approved.
    pub(super) async fn approved(&self) -> Result<usize, Failure> {
        let query = [("limit", "100000")];
        let updates: Vec<UpdateSummary> = self.administration.read("/api/v1/updates", &query).await?;
        Ok(updates.iter().filter(|update| !update.approvals.is_empty()).count())
    }

    /// Fetches all that is wanted.
    pub(super) async fn fetch(&self) -> Result<ContentStatus, Failure> {
        let answer: FetchAnswer = self.administration.send(Method::POST, "/api/v1/content/fetch", &()).await?;
        Ok(answer.status)
    }

    /// The servers below that told of themselves.
    pub(super) async fn servers(&self) -> Result<Vec<ServerSummary>, Failure> {
        self.administration.read("/api/v1/servers", &()).await
    }

    /// Gives a server below a name.
    pub(super) async fn name(&self, server: Uuid, name: &str) -> Result<(), Failure> {
        let change = ChangeServer { label: Some(name.to_owned()), refused: None };
        let path = format!("/api/v1/servers/{server}");
        self.administration.send::<Vec<ServerSummary>>(Method::PATCH, &path, &change).await.map(drop)
    }

    /// Who needs, has or lacks an article, computer by computer.
    pub(super) async fn status_of(&self, kb: &str) -> Result<StatusAnswer, Failure> {
        let query = StatusQuery { kb: Some(kb.to_owned()), ..StatusQuery::default() };
        self.administration.read("/api/v1/status", &query).await
    }

    /// Input it refused.
    pub(super) async fn refused(&self) -> Result<u64, Failure> {
        let overview: Overview = self.administration.read("/api/v1/overview", &()).await?;
        Ok(overview.refused)
    }

    /// What all computers that it knows of reported.
    pub(super) async fn status(&self) -> Result<StatusAnswer, Failure> {
        self.administration.read("/api/v1/status", &StatusQuery::default()).await
    }
}
