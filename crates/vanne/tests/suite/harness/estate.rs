use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use model::{ApprovalAction, ComputerId, Timestamp, UpdateId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use server::admin::api::{
    ApproveRequest, AssignRequest, ComputerSummary, CreateGroup, Decided, DeclineRequest, DocumentOutcome,
    DocumentText, ExplainAnswer, GroupSummary, ImportAnswer, ImportRequest, StatusAnswer, StatusQuery,
    TargetingSetting, Which,
};
use server::{Clock, Config, Server};
use store::{EventQuery, EventRow, Location, Store};
use tempfile::TempDir;
use testkit::documents::Made;
use tower::ServiceExt as _;

/// A server in this process, on a temporary folder and a free port, whose clock the test moves.
pub(crate) struct Estate {
    pub(crate) folder: Arc<TempDir>,
    clock_offset_secs: Arc<AtomicI64>,
    config: Config,
    server: Option<Server>,
}

impl Estate {
    /// An empty server.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// An empty server with a configuration of its own.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut estate = Self::down(change);
        estate.up().await;
        estate
    }

    fn down(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.server.http = ([127, 0, 0, 1], 0).into();
        config.server.https = Some(([127, 0, 0, 1], 0).into());
        // Most tests are about what is said, and say it in the clear; those about HTTPS switch this off.
        config.server.allow_http_metadata = Some(true);
        config.https.names = super::TLS_NAMES.map(|name| name.parse().unwrap()).to_vec();
        change(&mut config);
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self { folder, clock_offset_secs: Arc::default(), config, server: None }
    }

    /// A server on a folder that something was put into before.
    pub(crate) async fn prepared(prepare: impl AsyncFnOnce(&Path)) -> Self {
        let mut estate = Self::down(|_| {});
        prepare(estate.folder.path()).await;
        estate.up().await;
        estate
    }

    /// A server with these documents and all their files.
    pub(crate) async fn with_catalog(made: &[Made]) -> Self {
        let estate = Self::start().await;
        estate.import(made).await;
        estate
    }

    async fn up(&mut self) {
        self.server = Some(Server::start(self.folder.path(), self.config.clone(), self.clock()).await.unwrap());
    }

    /// Stops the server as SIGTERM does, and starts another one on the same folder and port.
    pub(crate) async fn restart(&mut self) {
        self.restart_on(async |_| {}).await;
    }

    /// The same, with something done to the folder in between.
    async fn restart_on(&mut self, change: impl AsyncFnOnce(&Path)) {
        let server = self.server.take().unwrap();
        // Clients keep the address.
        (self.config.server.http, self.config.server.https) = (server.address(), Some(server.https_address()));
        server.stop().await;
        change(self.folder.path()).await;
        self.up().await;
    }

    /// Stops, copies the database, and starts again.
    pub(crate) async fn backup(&mut self) -> TempDir {
        let backup = tempfile::tempdir().unwrap();
        self.restart_on(async |folder| copy_database(folder, backup.path())).await;
        backup
    }

    /// Puts the database back to what it was.
    pub(crate) async fn restore(&mut self, backup: &TempDir) {
        self.restart_on(async |folder| {
            remove_database(folder);
            copy_database(backup.path(), folder);
        })
        .await;
    }

    /// Puts an empty server into the place of this one.
    pub(crate) async fn replace(&mut self) {
        self.restart_on(async |folder| remove_database(folder)).await;
    }

    /// The state of the server, by another handle.
    pub(crate) async fn store(&self) -> Store {
        let location = match &self.config.database.url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Sqlite(self.folder.path().join("vanne.db")),
        };
        Store::open(&location, Timestamp::now()).await.unwrap()
    }

    /// The raw events that are kept.
    pub(crate) async fn events(&self) -> Vec<EventRow> {
        self.store().await.events(&EventQuery { computer: None, limit: 1_000 }).await.unwrap()
    }

    /// Notes, as another server of the store does, that the configuration changed, and waits until it is told.
    pub(crate) async fn change_configuration(&self) {
        self.store().await.touch_config((self.clock())()).await.unwrap();
        let changed = self.store().await.identity().await.unwrap().config_changed;
        let computer = super::Computer::stranger(&self.url());
        super::eventually("the configuration's new time is told", async || {
            computer.config().await.last_change == changed
        })
        .await;
    }

    /// What the server in this process is told by its other parts.
    pub(crate) fn app(&self) -> &Arc<server::App> {
        &self.server.as_ref().unwrap().app
    }

    fn clock(&self) -> Clock {
        let offset = Arc::clone(&self.clock_offset_secs);
        Arc::new(move || {
            let moved = jiff::SignedDuration::from_secs(offset.load(Ordering::Relaxed));
            Timestamp::now().checked_add(moved).unwrap()
        })
    }

    /// Lets time pass.
    pub(crate) fn advance_mins(&self, minutes: i64) {
        self.clock_offset_secs.fetch_add(minutes * 60, Ordering::Relaxed);
    }

    /// Where clients reach it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.as_ref().unwrap().address())
    }

    /// Where clients reach it over TLS.
    pub(crate) fn https_url(&self) -> String {
        format!("https://{}", self.server.as_ref().unwrap().https_address())
    }

    /// What clients have to trust, as PEM.
    pub(crate) async fn authority(&self) -> String {
        let answer: server::admin::api::PkiAuthority = self.api(Method::GET, "/api/v1/pki/ca", &()).await;
        answer.certificate
    }

    /// Asks the administration API.
    pub(crate) async fn api<A: DeserializeOwned>(&self, method: Method, path: &str, request: &impl Serialize) -> A {
        let (status, body) = self.try_api(method, path, Body::from(serde_json::to_vec(request).unwrap())).await;
        assert!(status < 300, "{path}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// Asks the administration API, whatever it answers.
    pub(crate) async fn try_api(&self, method: Method, path: &str, body: Body) -> (u16, Vec<u8>) {
        let router = server::admin::router(Arc::clone(&self.server.as_ref().unwrap().app));
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let response = router.oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    /// Imports documents; all must be taken. Their files are put as well.
    pub(crate) async fn import(&self, made: &[Made]) {
        for outcome in self.try_import(made).await {
            let refused = matches!(outcome.outcome, server::admin::api::Outcome::Refused { .. });
            assert!(!refused, "{outcome:?}");
        }
        for file in made.iter().flat_map(|made| &made.files) {
            let path = format!("/api/v1/content?sha1={}", file.sha1());
            let (status, body) = self.try_api(Method::PUT, &path, Body::from(file.bytes.clone())).await;
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        }
    }

    /// Imports documents, and says what became of each.
    pub(crate) async fn try_import(&self, made: &[Made]) -> Vec<DocumentOutcome> {
        let documents = made
            .iter()
            .map(|made| DocumentText { name: made.file_name.clone(), text: made.document.clone() })
            .collect();
        let answer: ImportAnswer = self.api(Method::POST, "/api/v1/documents", &ImportRequest { documents }).await;
        let _: u64 = self.api(Method::POST, "/api/v1/publish", &()).await;
        answer.documents
    }

    /// Approves every deployable update for a group.
    pub(crate) async fn approve_all(&self, group: &str) {
        self.approve(Which::All, group, ApprovalAction::Install).await;
    }

    /// Decides about updates for a group.
    pub(crate) async fn approve(&self, updates: Which, group: &str, action: ApprovalAction) {
        let request = ApproveRequest { updates, group: group.to_owned(), action, deadline: None };
        let _: Decided = self.api(Method::POST, "/api/v1/approvals", &request).await;
    }

    /// Decides about one update for a group, with a deadline.
    pub(crate) async fn approve_by(&self, update: UpdateId, group: &str, deadline: Timestamp) {
        let (updates, action) = (Which::Updates(vec![update]), ApprovalAction::Install);
        let request = ApproveRequest { updates, group: group.to_owned(), action, deadline: Some(deadline) };
        let _: Decided = self.api(Method::POST, "/api/v1/approvals", &request).await;
    }

    /// Declines an update, or takes that back.
    pub(crate) async fn decline(&self, update: UpdateId, undo: bool) {
        let request = DeclineRequest { updates: Which::Updates(vec![update]), undo };
        let _: Decided = self.api(Method::POST, "/api/v1/declines", &request).await;
    }

    /// Makes a group below another.
    pub(crate) async fn create_group(&self, name: &str, parent: Option<&str>) {
        let request = CreateGroup { name: name.to_owned(), parent: parent.map(ToOwned::to_owned) };
        let _: Vec<GroupSummary> = self.api(Method::POST, "/api/v1/groups", &request).await;
    }

    /// Puts a computer into groups.
    pub(crate) async fn assign(&self, computer: &ComputerId, groups: &[&str]) {
        let request = AssignRequest { groups: groups.iter().map(ToString::to_string).collect() };
        let path = format!("/api/v1/computers/{computer}/groups");
        let _: ComputerSummary = self.api(Method::PUT, &path, &request).await;
    }

    /// Lets computers say which groups they are in, or the administrator.
    pub(crate) async fn client_side_targeting(&self, client_side: bool) {
        let _: TargetingSetting = self.api(Method::PUT, "/api/v1/targeting", &TargetingSetting { client_side }).await;
    }

    /// What was reported.
    pub(crate) async fn status(&self, query: &StatusQuery) -> StatusAnswer {
        let query = serde_urlencoded::to_string(query).unwrap();
        self.api(Method::GET, &format!("/api/v1/status?{query}"), &()).await
    }

    /// Why a computer is or is not offered an update.
    pub(crate) async fn explain(&self, computer: &ComputerId, update: UpdateId) -> ExplainAnswer {
        self.api(Method::GET, &format!("/api/v1/explain?computer={computer}&update={update}"), &()).await
    }

    /// The sum of a metric over its labels that contain all of `labels`; 0 if it was never counted.
    pub(crate) async fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let (status, text) = self.try_api(Method::GET, "/metrics", Body::empty()).await;
        assert_eq!(status, 200);
        super::metric(&String::from_utf8(text).unwrap(), name, labels)
    }
}

/// The files of the database, which nobody has open.
fn database_files(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("vanne.db")).collect()
}

fn copy_database(from: &Path, to: &Path) {
    for file in database_files(from) {
        std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

fn remove_database(folder: &Path) {
    for file in database_files(folder) {
        std::fs::remove_file(file).unwrap();
    }
}
