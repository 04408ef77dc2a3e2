//! Where a file may come from: servers named in the configuration, the upstream, the publisher, in that order.

use std::fmt;
use std::sync::Arc;

use model::{ContentFile, Sha1};
use reqwest::Url;

use super::address;

/// Asks the server above to fetch files that it does not have yet; must not wait.
pub type AskFor = Arc<dyn Fn(&[Sha1]) + Send + Sync>;

/// What is known of the server above: told by whoever synchronises with it.
#[derive(Clone, Default)]
pub struct UpstreamContent {
    /// What is before a file's address, in the order in which they are asked: `http://paris:8530/Content`.
    pub bases: Vec<Url>,
    /// It has no files, only metadata (GetConfigData, CatalogOnlySync).
    pub is_catalog_only: bool,
    /// How it is told what it does not have (DownloadFiles).
    pub ask_for: Option<AskFor>,
}

impl fmt::Debug for UpstreamContent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bases: Vec<&str> = self.bases.iter().map(Url::as_str).collect();
        out.debug_struct("UpstreamContent")
            .field("bases", &bases)
            .field("is_catalog_only", &self.is_catalog_only)
            .finish()
    }
}

/// Who serves a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SourceKind {
    /// A server named by `content.sources`.
    Configured,
    /// The server above.
    Upstream,
    /// Whoever made the file, or who serves it for him.
    Publisher,
}

impl SourceKind {
    /// A short, fixed word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Upstream => "upstream",
            Self::Publisher => "publisher",
        }
    }
}

/// One place a file may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) kind: SourceKind,
    pub(crate) url: Url,
}

impl Source {
    /// True if the administrator named it, so that it may be anywhere.
    pub(super) fn is_trusted(&self) -> bool {
        self.kind != SourceKind::Publisher
    }

    /// Its address as it may be shown and logged: publishers' addresses carry signatures behind the question mark.
    pub(crate) fn shown(&self) -> String {
        shown(&self.url)
    }
}

/// An address without what is behind its path, and without credentials.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Only addresses that have no host refuse these.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// Every place that `file` may come from, in order; and what is wrong with its publisher's address, if anything is.
pub(super) fn of_file(
    file: &ContentFile,
    configured: &[Url],
    upstream: &UpstreamContent,
    publisher: Option<&str>,
    allow_private: bool,
) -> (Vec<Source>, Option<address::AddressError>) {
    let path = content::address(&file.sha1, &file.name.extension().unwrap_or_default());
    let below = |base: &Url| Url::parse(&format!("{}/{path}", base.as_str().trim_end_matches('/'))).ok();
    let at = |kind, bases: &[Url]| -> Vec<Source> {
        bases.iter().filter_map(below).map(|url| Source { kind, url }).collect()
    };
    let mut sources = at(SourceKind::Configured, configured);
    if !upstream.is_catalog_only {
        sources.extend(at(SourceKind::Upstream, &upstream.bases));
    }
    let mut refused = None;
    match publisher.map(|text| address::publisher(text, allow_private)) {
        Some(Ok(url)) => sources.push(Source { kind: SourceKind::Publisher, url }),
        Some(Err(error)) => refused = Some(error),
        None => {}
    }
    (sources, refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> ContentFile {
        ContentFile { sha1: Sha1::new([0xab; 20]), sha256: None, size: 1, name: "kb1.CAB".parse().unwrap() }
    }

    #[test]
    fn the_nearest_is_asked_first_and_a_catalog_without_files_never() {
        let name = "AB".repeat(20);
        let configured = ["http://edge/Content/".parse().unwrap()];
        let mut upstream =
            UpstreamContent { bases: vec!["http://paris:8530/Content".parse().unwrap()], ..UpstreamContent::default() };
        let urls = |upstream: &UpstreamContent, publisher| -> Vec<String> {
            let (sources, _) = of_file(&file(), &configured, upstream, publisher, false);
            sources.iter().map(|source| source.url.to_string()).collect()
        };
        assert_eq!(
            urls(&upstream, Some("http://dl.example/c/kb1.cab?P1=5")),
            [
                format!("http://edge/Content/AB/{name}.cab"),
                format!("http://paris:8530/Content/AB/{name}.cab"),
                "http://dl.example/c/kb1.cab?P1=5".to_owned(),
            ]
        );
        upstream.is_catalog_only = true;
        assert_eq!(urls(&upstream, Some("http://127.0.0.1/kb1.cab")), [format!("http://edge/Content/AB/{name}.cab")]);
        let (_, refused) = of_file(&file(), &[], &upstream, Some("http://127.0.0.1/kb1.cab"), false);
        assert!(matches!(refused, Some(address::AddressError::NotPublic(_))));
    }

    #[test]
    fn what_is_shown_has_no_secrets() {
        let url = Url::parse("http://user:secret@dl.example/x.cab?P4=signature#part").unwrap();
        assert_eq!(shown(&url), "http://dl.example/x.cab");
    }
}
