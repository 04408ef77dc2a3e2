//! What a synchronisation did, in all of its rounds.

use serde::{Deserialize, Serialize};
use store::Mirrored;
use sync::REFUSED_MAX;

/// What a synchronisation did; kept in the history as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunDetails {
    /// Revisions the upstream listed that were not here.
    pub listed: usize,
    /// Of these, fetched by an earlier run that was cut short.
    pub resumed: usize,
    /// Revisions taken.
    pub taken: usize,
    /// Of these, of updates that were here in another revision.
    pub changed: usize,
    /// Updates declined because their publisher withdrew them.
    pub expired: u64,
    /// Bytes of documents fetched, unpacked.
    pub bytes: u64,
    /// Revisions that were refused, with the reason; the first thousand. The log names no others either.
    pub refused: Vec<RefusedRevision>,
    /// How many were in all.
    pub refused_in_all: usize,
    /// The upstream has another database than last time.
    pub started_over: bool,
    /// Nothing is chosen of Microsoft's 600,000 updates: only products and classifications were taken, to choose from.
    pub only_categories: bool,
    /// Approvals of a replica were changed by other ways than its upstream's; all of them were asked for again.
    pub drifted: bool,
    /// Members of bundles and prerequisites that are named and not here; the upstream is asked for them right afterwards.
    pub lacking: usize,
    /// Revisions taken because others name them.
    pub related: usize,
    /// Driver sets taken.
    pub driver_sets: usize,
    /// What a replica took over.
    pub mirrored: Option<MirroredDetails>,
    /// Why it failed.
    pub error: Option<String>,
}

/// A revision that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRevision {
    /// Which one.
    pub revision: String,
    /// Why.
    pub reason: String,
}

/// What a replica had to change to be as its upstream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirroredDetails {
    /// Groups made, renamed, moved or removed.
    pub groups: usize,
    /// Approvals made or changed.
    pub approved: usize,
    /// Approvals removed.
    pub removed: usize,
    /// Updates declined.
    pub declined: usize,
    /// Updates declined no longer.
    pub undeclined: usize,
    /// Deployments of updates that are not here, or for groups that nobody told of, those of earlier times among them.
    pub unknown: usize,
}

impl RunDetails {
    /// What a further round of the same synchronisation did as well.
    pub(super) fn and(&mut self, more: Self) {
        let is_news = |refused: &RefusedRevision| self.refused.iter().all(|known| known.revision != refused.revision);
        // What could not be had is asked for again each time.
        let refused: Vec<RefusedRevision> = more.refused.into_iter().filter(is_news).collect();
        self.listed += more.listed.saturating_sub(self.refused_in_all);
        self.resumed += more.resumed;
        self.taken += more.taken;
        self.changed += more.changed;
        self.expired += more.expired;
        self.bytes += more.bytes;
        self.refused_in_all += refused.len();
        self.refused.extend(refused);
        self.refused.truncate(REFUSED_MAX);
        self.started_over |= more.started_over;
        self.drifted |= more.drifted;
        // Nobody has what a round asked for in vain.
        self.lacking = if more.related > 0 { more.lacking } else { 0 };
        self.related += more.related;
        self.driver_sets += more.driver_sets;
        self.mirrored = match (self.mirrored, more.mirrored) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        };
    }

    pub(super) fn refuse(&mut self, revision: String, reason: String) {
        self.refused_in_all += 1;
        if self.refused.len() < REFUSED_MAX {
            tracing::warn!(revision, reason, "a revision of the upstream was refused");
            self.refused.push(RefusedRevision { revision, reason });
        }
    }
}

impl MirroredDetails {
    fn and(self, later: Self) -> Self {
        Self {
            groups: self.groups + later.groups,
            approved: self.approved + later.approved,
            removed: self.removed + later.removed,
            declined: self.declined + later.declined,
            undeclined: self.undeclined + later.undeclined,
            unknown: later.unknown,
        }
    }
}

impl From<Mirrored> for MirroredDetails {
    fn from(mirrored: Mirrored) -> Self {
        let Mirrored { groups, approved, removed, declined, undeclined, unknown } = mirrored;
        Self { groups, approved, removed, declined, undeclined, unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(names: &[&str]) -> RunDetails {
        let mut details = RunDetails::default();
        names.iter().for_each(|name| details.refuse((*name).to_owned(), "it is damaged".to_owned()));
        details
    }

    #[test]
    fn further_rounds_count_and_what_cannot_be_had_counts_once() {
        let mirrored = |approved, unknown| Some(MirroredDetails { approved, unknown, ..MirroredDetails::default() });
        let mut details = RunDetails { listed: 9, taken: 8, mirrored: mirrored(2, 3), lacking: 4, ..refused(&["a"]) };
        let more = RunDetails { listed: 1, taken: 3, related: 3, bytes: 7, drifted: true, ..refused(&["a", "b"]) };
        details.and(RunDetails { mirrored: mirrored(1, 0), lacking: 1, ..more });
        assert_eq!((details.listed, details.taken, details.related, details.bytes), (9, 11, 3, 7));
        assert_eq!((details.refused_in_all, details.refused.len(), details.lacking), (2, 2, 1));
        assert_eq!((details.drifted, details.mirrored), (true, mirrored(3, 0)));
        details.and(RunDetails { lacking: 5, ..RunDetails::default() });
        assert_eq!((details.lacking, details.mirrored), (0, mirrored(3, 0)));
    }
}
