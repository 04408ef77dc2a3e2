use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use model::{ApprovalAction, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use server::admin::api::{ApproveRequest, Decided, DocumentOutcome, DocumentText, ImportAnswer, ImportRequest, Which};
use server::{Clock, Config, Server};
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
        let mut config = Config::default();
        config.server.http = ([127, 0, 0, 1], 0).into();
        change(&mut config);
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let mut estate = Self { folder, clock_offset_secs: Arc::default(), config, server: None };
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

    /// Stops the server as SIGTERM does, and starts another one on the same folder.
    pub(crate) async fn restart(&mut self) {
        self.server.take().unwrap().stop().await;
        self.up().await;
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
        let documents =
            made.iter().map(|made| DocumentText { name: made.file_name.clone(), text: made.document.clone() }).collect();
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
}
