use std::sync::LazyLock;

use testkit::catalogs::small_drafts;
use testkit::documents::{Draft, Made};

/// The small catalog's drafts, made once: the bytes of their files take a while.
pub(crate) fn drafts() -> &'static [Draft] {
    static DRAFTS: LazyLock<Vec<Draft>> = LazyLock::new(small_drafts);
    &DRAFTS
}

/// The small catalog without the bytes of its files.
pub(crate) fn documents() -> Vec<Made> {
    drafts().iter().map(|draft| Made { files: Vec::new(), ..draft.finish() }).collect()
}

/// The bundle explained by that knowledge-base article.
pub(crate) fn bundle(kb: &str) -> &'static Draft {
    let element = format!("KBArticleID>{kb}<");
    drafts().iter().find(|draft| draft.finish().document.contains(&element)).unwrap()
}
