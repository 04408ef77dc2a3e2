//! Content that is wanted and not here: fetched, checked, resumed, passed on; from sources that may be bad in every way.

mod arriving;
mod astray;
mod kept;
mod modes;
mod origin;
mod sources;

use http::Method;
use model::Sha1;
use server::Config;
use server::admin::api::{ContentState, ContentStatus, ContentSummary, FetchAnswer};
use server::config::ContentMode;
use testkit::documents::{Made, MadeFile};

use crate::content::{address, get, update_with};
use crate::harness::{Answer, Estate, eventually};
pub(crate) use origin::{Manner, Origin};

/// A server that may fetch from this host, and a publisher.
struct Here {
    estate: Estate,
    origin: Origin,
}

impl Here {
    async fn start(mode: ContentMode) -> Self {
        Self::with(mode, |_| {}).await
    }

    async fn with(mode: ContentMode, change: impl FnOnce(&mut Config)) -> Self {
        let estate = Estate::with(|config| {
            config.content.mode = mode;
            config.content.allow_private_sources = true;
            config.content.source_stall_secs = 2;
            config.content.disk_floor_mib = 0;
            change(config);
        });
        Self { estate: estate.await, origin: Origin::start().await }
    }

    /// An update with one file, which its publisher serves in some manner under its name.
    async fn publish(&self, name: &str, size: usize, manner: Manner) -> MadeFile {
        let file = MadeFile::of_size(&format!("{name}.cab"), size);
        let url = self.origin.serve(&format!("/{name}"), &file.bytes, manner);
        self.estate.store().await.set_file_locations(&[(file.sha1(), url)]).await.unwrap();
        self.import(name, &file).await;
        file
    }

    async fn import(&self, name: &str, file: &MadeFile) {
        let made = update_with(name, std::slice::from_ref(file));
        let without_files: Vec<Made> = made.into_iter().map(|made| Made { files: Vec::new(), ..made }).collect();
        self.estate.import(&without_files).await;
    }

    async fn get(&self, file: &MadeFile, fields: &[(&str, &str)]) -> Answer {
        get(&address(&self.estate.url(), &file.sha1(), "cab"), fields).await
    }

    async fn status(&self) -> ContentStatus {
        self.estate.api(Method::GET, "/api/v1/content/status", &()).await
    }

    /// Fetches everything now.
    async fn fetch(&self) -> FetchAnswer {
        self.estate.api(Method::POST, "/api/v1/content/fetch", &()).await
    }

    /// Bytes that publishers sent and that were kept.
    async fn fetched(&self) -> f64 {
        self.estate.metric("vanne_content_fetched_bytes_total", &["publisher"]).await
    }

    async fn is_held(&self, sha1: Sha1) -> bool {
        let listed: Vec<ContentSummary> = self.estate.api(Method::GET, "/api/v1/content", &()).await;
        listed.iter().any(|file| file.sha1 == sha1 && file.state == ContentState::Held)
    }

    async fn until_held(&self, file: &MadeFile) {
        eventually(&format!("{} is held", file.name), async || self.is_held(file.sha1()).await).await;
        assert_eq!(self.get(file, &[]).await.body, file.bytes);
    }

    /// The server above, at another path of the origin.
    fn set_upstream(&self, path: &str, asked: Option<server::acquire::AskFor>) {
        self.estate.app().set_upstream_content(server::acquire::UpstreamContent {
            bases: vec![self.origin.url(path).parse().unwrap()],
            is_catalog_only: false,
            ask_for: asked,
        });
    }
}

/// Where the server above has a file.
fn upstream_path(file: &MadeFile) -> String {
    format!("/Content/{}", content::address(&file.sha1(), "cab"))
}
