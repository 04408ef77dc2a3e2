//! Everybody who takes part, and where they stand.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context as _;
use model::UpdateId;
use testkit::catalogs;
use testkit::documents::{Draft, MadeFile};

use super::parts::Part;
use super::site::Site;
use crate::exit::Failure;

/// Where clients look for a WSUS by habit: Paris has it, if it is free.
const USUAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8530);
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// The file that the edge altered.
const ALTERED: &str = "reader.msi";

/// A publisher, a cache before it, and three servers, all running.
pub(super) struct Stage {
    pub(super) publisher: Part,
    pub(super) edge: Part,
    pub(super) paris: Site,
    pub(super) marseille: Site,
    pub(super) strasbourg: Site,
}

/// What the demonstration knows of the publisher's catalog.
pub(super) struct Script {
    /// How many revisions it has.
    pub(super) revisions: usize,
    /// Products and classifications, all of them.
    pub(super) categories: Vec<UpdateId>,
    /// Updates whose files are real, and members of bundles among them.
    pub(super) real: Vec<UpdateId>,
    pub(super) altered: MadeFile,
}

impl Script {
    pub(super) fn read() -> Result<Self, Failure> {
        let real = catalogs::small_drafts();
        let files = real.iter().flat_map(|draft| draft.finish().files);
        let altered = files.into_iter().find(|file| file.name == ALTERED);
        let revisions: Vec<_> = catalogs::demonstration().iter().map(Draft::revision).collect();
        let clauses = revisions.iter().flat_map(|revision| &revision.relations.prerequisites);
        let categories = clauses.filter(|clause| clause.is_category).flat_map(|clause| &clause.members);
        Ok(Self {
            categories: categories.copied().collect(),
            revisions: revisions.len(),
            real: real.iter().map(Draft::id).collect(),
            altered: altered.context("the file to be altered is in no update")?,
        })
    }
}

impl Stage {
    /// Starts everybody, with their state in `folder`.
    pub(super) async fn set(folder: &Path, script: &Script) -> Result<Self, Failure> {
        let publisher = Part::start(folder, "publisher", ["publisher".into()]).await?;
        let altered = script.altered.sha1().to_string();
        let words = ["edge", "--origin", &publisher.url, "--alter", &altered].map(Into::into);
        let edge = Part::start(folder, "edge", words).await?;
        // The nearest comes first. A publisher's address counts for nothing if it leads into one's own network, as here.
        let near = format!("[content]\nsources = [\"{}/Content\"]\nallow_private_sources = true\n", edge.url);
        Ok(Self {
            paris: Site::start(folder, "Paris", USUAL, &near).await?,
            marseille: Site::start(folder, "Marseille", ANY, "").await?,
            strasbourg: Site::start(folder, "Strasbourg", ANY, "").await?,
            publisher,
            edge,
        })
    }

    /// Lets everybody go.
    pub(super) async fn strike(self) {
        for site in [self.strasbourg, self.marseille, self.paris] {
            site.end().await;
        }
        self.edge.end().await;
        self.publisher.end().await;
    }
}
