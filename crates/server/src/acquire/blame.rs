//! Who sent what was not the file that was promised.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::Sha1;

use super::sources::Source;

/// Most files of which this is remembered; then all is forgotten, and liars get to lie once more.
const FILES_MAX: usize = 10_000;

/// Sources that are not asked for a file again, file by file, until an administrator has it fetched.
#[derive(Default)]
pub(super) struct Blame {
    files: Mutex<HashMap<Sha1, Blamed>>,
}

#[derive(Default)]
struct Blamed {
    /// By address.
    avoided: HashSet<String>,
    /// Several sources contributed to what was wrong: each gets to send all of it.
    is_alone: bool,
    /// Those that could not, when it was their turn.
    failed: HashSet<String>,
}

impl Blame {
    fn files(&self) -> MutexGuard<'_, HashMap<Sha1, Blamed>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, sha1: Sha1, change: impl FnOnce(&mut Blamed)) {
        let mut files = self.files();
        if files.len() >= FILES_MAX {
            files.clear();
        }
        change(files.entry(sha1).or_default());
    }

    /// The source lied about this file.
    pub(super) fn avoid(&self, sha1: Sha1, source: &Source) {
        self.change(sha1, |blamed| {
            blamed.avoided.insert(source.url.to_string());
        });
    }

    /// One of several lied about this file.
    pub(super) fn one_at_a_time(&self, sha1: Sha1) {
        self.change(sha1, |blamed| blamed.is_alone = true);
    }

    pub(super) fn is_alone(&self, sha1: Sha1) -> bool {
        self.files().get(&sha1).is_some_and(|blamed| blamed.is_alone)
    }

    /// The source could not send all of the file: it is another's turn.
    pub(super) fn pass_over(&self, sha1: Sha1, source: &Source) {
        self.change(sha1, |blamed| {
            blamed.failed.insert(source.url.to_string());
        });
    }

    /// No other is left: another time it is everybody's turn again.
    pub(super) fn next_round(&self, sha1: Sha1) {
        self.change(sha1, |blamed| blamed.failed.clear());
    }

    /// True when somebody lied about this file.
    pub(super) fn is_anyone_avoided(&self, sha1: Sha1) -> bool {
        self.files().get(&sha1).is_some_and(|blamed| !blamed.avoided.is_empty())
    }

    /// Leaves out those that lied about this file, and those whose turn is over unless it is everybody's.
    pub(super) fn without_liars(&self, sha1: Sha1, sources: Vec<Source>) -> Vec<Source> {
        let mut files = self.files();
        let Some(blamed) = files.get_mut(&sha1) else { return sources };
        let honest = sources.into_iter().filter(|source| !blamed.avoided.contains(source.url.as_str()));
        let (failed, left): (Vec<Source>, Vec<Source>) =
            honest.partition(|source| blamed.failed.contains(source.url.as_str()));
        if left.is_empty() {
            blamed.failed.clear();
            return failed;
        }
        left
    }

    /// The file is here.
    pub(super) fn forget(&self, sha1: Sha1) {
        self.files().remove(&sha1);
    }

    /// Everybody gets another chance.
    pub(super) fn forget_all(&self) {
        self.files().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquire::sources::SourceKind;

    fn source(url: &str) -> Source {
        Source { kind: SourceKind::Publisher, url: url.parse().unwrap() }
    }

    #[test]
    fn who_lied_stays_out_and_who_failed_gets_another_turn() {
        let (one, two, three) = (source("http://a/"), source("http://b/"), source("http://c/"));
        let (blame, file) = (Blame::default(), Sha1::new([1; 20]));
        let left = || -> Vec<String> {
            let left = blame.without_liars(file, vec![one.clone(), two.clone(), three.clone()]);
            left.iter().map(Source::shown).collect()
        };
        blame.one_at_a_time(file);
        blame.avoid(file, &one);
        blame.pass_over(file, &two);
        assert_eq!(left(), ["http://c/"]);
        blame.next_round(file);
        assert_eq!(left(), ["http://b/", "http://c/"]);
        blame.pass_over(file, &two);
        blame.avoid(file, &three);
        assert_eq!(left(), ["http://b/"], "the last one honest has failed, and is asked again all the same");
        assert!(blame.is_alone(file) && blame.is_anyone_avoided(file));
        assert_eq!(blame.without_liars(Sha1::new([2; 20]), vec![one.clone()]).len(), 1, "of another file");
        blame.forget(file);
        assert_eq!(left().len(), 3);
    }
}
