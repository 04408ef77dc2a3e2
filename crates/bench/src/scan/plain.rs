use std::hint::black_box;
use std::time::Instant;

use anyhow::ensure;
use catalog::{Snapshot, SoftwareQuery, Source, plain};
use model::{CatalogEntry, ChangeMark, Group, RevisionId, TargetGroupId, Timestamp};
use policy::{GroupSet, GroupTree};
use serde::Serialize;
use testkit::catalogs::{self, Shape};

use crate::figures::{Spread, rows};

/// The plain implementation walks the catalog again and again for every revision of it: of 1,000 revisions one
/// answer takes most of a minute already.
const PLAIN_REVISIONS: usize = 300;
const PLAIN_RUNS: usize = 5;
const INDEX_RUNS: usize = 501;

/// One software sync at full cache, in this process: microseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    plain_revisions: usize,
    plain_us: Spread,
    /// The index on the same catalog, by which the plain implementation is measured.
    index_us: Spread,
    ratio: f64,
    /// The index on the whole catalog.
    whole_revisions: usize,
    whole_known: usize,
    whole_us: Spread,
    /// The same with an installed set that was never seen before.
    whole_unseen_us: Spread,
    build_ms: f64,
}

pub(super) fn run(shape: Shape) -> anyhow::Result<Report> {
    let small = Question::new(Shape { revisions: PLAIN_REVISIONS.min(shape.revisions), ..shape })?;
    let plain_us = micros(PLAIN_RUNS, || plain::software(&small.source, &small.groups, &small.query()));
    let snapshot = Snapshot::build(small.source.clone());
    let scope = snapshot.scope(&small.groups);
    let index_us = micros(INDEX_RUNS, || snapshot.software(&scope, &small.query()));
    ensure!(
        snapshot.software(&scope, &small.query()) == plain::software(&small.source, &small.groups, &small.query()),
        "the index answers other than the specification says"
    );

    let whole = Question::new(shape)?;
    let source = whole.source.clone();
    let started = Instant::now();
    let snapshot = Snapshot::build(source);
    let build_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let scope = snapshot.scope(&whole.groups);
    let whole_us = micros(INDEX_RUNS, || snapshot.software(&scope, &whole.query()));
    // Leaving out another pair of installed updates each time: more sets than are remembered.
    let pairs = (0..whole.installed.len()).flat_map(|first| (0..first).map(move |second| [first, second]));
    let whole_unseen_us = Spread::among(pairs.take(INDEX_RUNS).map(|left_out| {
        let places = whole.installed.iter().enumerate().filter(|(place, _)| !left_out.contains(place));
        let installed: Vec<RevisionId> = places.map(|(_, id)| *id).collect();
        let query = SoftwareQuery { installed: &installed, ..whole.query() };
        micros(1, || snapshot.software(&scope, &query)).median
    }));
    Ok(Report {
        plain_revisions: small.source.entries.len(),
        ratio: plain_us.median / index_us.median,
        plain_us,
        index_us,
        whole_revisions: whole.source.entries.len(),
        whole_known: whole.installed.len() + whole.cached.len(),
        whole_us,
        whole_unseen_us,
        build_ms,
    })
}

/// A catalog, and what a usual computer with a full cache asks of it.
struct Question {
    source: Source,
    groups: GroupSet,
    installed: Vec<RevisionId>,
    cached: Vec<RevisionId>,
}

impl Question {
    fn new(shape: Shape) -> anyhow::Result<Self> {
        let catalog = catalogs::large(shape);
        let typical = catalog.installed(0);
        let entry = |(id, draft): (i32, testkit::documents::Draft)| CatalogEntry {
            id: RevisionId(id),
            revision: draft.revision(),
            imported: ChangeMark(1),
            imported_at: Timestamp::UNIX_EPOCH,
        };
        let entries: Vec<CatalogEntry> = (1..).zip(catalog).map(entry).collect();
        let is_typical = |entry: &&CatalogEntry| typical.contains(&entry.revision.identity.update_id);
        let installed = entries.iter().filter(is_typical).map(|entry| entry.id).collect();
        let groups = vec![
            Group { id: TargetGroupId::ALL_COMPUTERS, name: "All Computers".parse()?, parent: None },
            Group {
                id: TargetGroupId::UNASSIGNED_COMPUTERS,
                name: "Unassigned Computers".parse()?,
                parent: Some(TargetGroupId::ALL_COMPUTERS),
            },
        ];
        let groups = GroupTree::new(groups)?;
        let source = Source { entries, declined: Vec::new(), approvals: Vec::new(), groups, mark: ChangeMark(1) };
        let snapshot = Snapshot::build(source.clone());
        let mut question = Self { source, groups: GroupSet::unassigned(), installed, cached: Vec::new() };
        let scope = snapshot.scope(&question.groups);
        loop {
            let new = snapshot.software(&scope, &question.query()).new;
            if new.is_empty() {
                return Ok(question);
            }
            question.cached.extend(new.iter().map(|offer| offer.revision));
        }
    }

    fn query(&self) -> SoftwareQuery<'_> {
        let since = Some(ChangeMark(1));
        SoftwareQuery { installed: &self.installed, cached: &self.cached, since, ..SoftwareQuery::default() }
    }
}

fn micros<T>(runs: usize, work: impl Fn() -> T) -> Spread {
    Spread::among((0..runs).map(|_| {
        let started = Instant::now();
        black_box(work());
        started.elapsed().as_secs_f64() * 1e6
    }))
}

impl Report {
    pub(super) fn table(&self) -> String {
        let Self { plain_revisions, whole_revisions, whole_known, .. } = self;
        let of_small = format!("plain, {plain_revisions} revisions");
        let index_of_small = format!("index, {plain_revisions} revisions");
        let of_whole = format!("index, {whole_revisions} revisions");
        rows(&[
            (&of_small, format!("{} µs a software sync at full cache", self.plain_us)),
            (&index_of_small, format!("{} µs: {:.0} times less", self.index_us, self.ratio)),
            (&of_whole, format!("{} µs, {whole_known} ids sent", self.whole_us)),
            ("the same, build never seen", format!("{} µs", self.whole_unseen_us)),
            ("building that snapshot", format!("{:.0} ms", self.build_ms)),
        ])
    }
}
