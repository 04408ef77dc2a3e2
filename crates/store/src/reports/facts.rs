//! How reports change what is known of a computer. Pure: rows in, rows out.
//!
//! 1. A compliance report (event 156) is the whole state as of its time: what it does not list is not
//!    applicable from then on, whatever it was before.
//! 2. It cannot tell a failed, a downloaded or a half installed update from one that is merely missing:
//!    all are "needed" to it (current agents send no other lists; native-behaviour §4.3). So *needed*
//!    leaves Failed, Downloaded and Pending reboot as they are: until another list of it, another event or
//!    its absence says otherwise.
//! 3. Other events set the state of one update. A completed download takes back neither Failed nor Pending
//!    reboot nor Installed: the last attempt has failed until the next one ends.
//! 4. Reports come late and in any order. An older compliance report than the last changes nothing. An event
//!    older than what is known changes nothing either, except what rule 2 would have kept of it: it may
//!    still make Needed a failure, a download or an installation that waits for a restart.
//!
//! Source: MS-WUSP 2.2.2.3.1; native-behaviour §4.

use std::collections::{BTreeMap, HashMap};

use model::{Timestamp, UpdateId, UpdateState};
use policy::reports::Effect;

use crate::codec::micros;

/// The state of an update on a computer; never Unknown or Not applicable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(super) state: UpdateState,
    /// When it came into this state, in seconds since 1970.
    pub(super) since_secs: i64,
}

/// What is known of one computer.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    stored: BTreeMap<i32, Fact>,
    facts: BTreeMap<i32, Fact>,
    compliance_us: Option<i64>,
    detection: Option<(i64, bool)>,
}

impl Facts {
    pub(super) fn new(compliance_us: Option<i64>, detection: Option<(i64, bool)>) -> Self {
        Self { compliance_us, detection, ..Self::default() }
    }

    /// Adds what is stored.
    pub(super) fn insert(&mut self, update: i32, fact: Fact) {
        self.stored.insert(update, fact);
        self.facts.insert(update, fact);
    }

    /// When the last compliance report was made, in microseconds.
    pub(super) fn compliance_us(&self) -> Option<i64> {
        self.compliance_us
    }

    /// When the last scan ended, in microseconds, and whether well.
    pub(super) fn detection(&self) -> Option<(i64, bool)> {
        self.detection
    }

    /// Updates that have a fact no longer.
    pub(super) fn removed(&self) -> impl Iterator<Item = i32> {
        self.stored.keys().copied().filter(|update| !self.facts.contains_key(update))
    }

    /// Facts that are new or have changed.
    pub(super) fn set(&self) -> impl Iterator<Item = (i32, Fact)> {
        let facts = self.facts.iter().map(|(update, fact)| (*update, *fact));
        facts.filter(|(update, fact)| self.stored.get(update) != Some(fact))
    }

    /// Applies what happened at a time; updates without a number are ignored.
    pub(super) fn apply(&mut self, at: Timestamp, effect: &Effect, numbers: &HashMap<UpdateId, i32>) {
        match effect {
            Effect::Nothing => {}
            Effect::Scanned { succeeded } => {
                if self.detection.is_none_or(|(last, _)| last <= micros(at)) {
                    self.detection = Some((micros(at), *succeeded));
                }
            }
            Effect::State { update, state } => {
                if let Some(number) = numbers.get(update) {
                    self.apply_event(at, *number, *state);
                }
            }
            Effect::Compliance { .. } => self.apply_compliance(at, effect, numbers),
        }
    }

    /// Takes over what a server below tells: all there is, or what changed. Of two states of an update the later one
    /// counts.
    pub(crate) fn tell(&mut self, is_full: bool, told: impl Iterator<Item = (i32, UpdateState, i64)>) {
        if is_full {
            self.facts.clear();
        }
        for (update, state, since_secs) in told {
            if self.facts.get(&update).is_some_and(|known| known.since_secs > since_secs) {
                continue;
            }
            match state {
                UpdateState::Unknown | UpdateState::NotApplicable => self.facts.remove(&update),
                state => self.facts.insert(update, Fact { state, since_secs }),
            };
        }
    }

    fn apply_event(&mut self, at: Timestamp, update: i32, state: UpdateState) {
        use UpdateState::{Downloaded, Failed, Needed, NotApplicable, PendingReboot, Unknown};
        let known = self.facts.get(&update).copied();
        let was_needed = known.is_some_and(|fact| fact.state == Needed);
        let is_open = known.is_some_and(|fact| matches!(fact.state, Needed | Downloaded | PendingReboot | Failed));
        let refines = matches!(state, Downloaded | PendingReboot | Failed);
        let before_fact = known.is_some_and(|fact| at.as_second() < fact.since_secs);
        let before_report = self.compliance_us.is_some_and(|last| micros(at) < last);
        if (before_fact && !(was_needed && refines)) || (before_report && !(is_open && refines)) {
            return;
        }
        match state {
            Unknown | NotApplicable => {
                self.facts.remove(&update);
            }
            Downloaded if known.is_some() && !was_needed => {}
            _ if known.is_some_and(|fact| fact.state == state) => {}
            _ => {
                self.facts.insert(update, Fact { state, since_secs: at.as_second() });
            }
        }
    }

    fn apply_compliance(&mut self, at: Timestamp, effect: &Effect, numbers: &HashMap<UpdateId, i32>) {
        use UpdateState::{Downloaded, Failed, Needed, PendingReboot};
        if self.compliance_us.is_some_and(|last| micros(at) < last) {
            return;
        }
        self.compliance_us = Some(micros(at));
        let since_secs = at.as_second();
        // What an event has said since then stands; the rest is as this report says.
        let mut facts: BTreeMap<i32, Fact> = self
            .facts
            .iter()
            .filter(|(_, fact)| fact.since_secs > since_secs)
            .map(|(update, fact)| (*update, *fact))
            .collect();
        for (state, updates) in lists(effect) {
            for number in updates.iter().filter_map(|update| numbers.get(update)) {
                let known = self.facts.get(number).copied();
                let kept = known.filter(|known| {
                    known.since_secs > since_secs
                        || known.state == state
                        || (state == Needed && matches!(known.state, Failed | Downloaded | PendingReboot))
                });
                facts.insert(*number, kept.unwrap_or(Fact { state, since_secs }));
            }
        }
        self.facts = facts;
    }
}

/// The lists of a compliance report; where an update is in several, the last counts.
fn lists(effect: &Effect) -> Vec<(UpdateState, &[UpdateId])> {
    let Effect::Compliance { needed, installed, downloaded, pending_reboot, failed } = effect else {
        return Vec::new();
    };
    vec![
        (UpdateState::Needed, needed),
        (UpdateState::Downloaded, downloaded),
        (UpdateState::Failed, failed),
        (UpdateState::Installed, installed),
        (UpdateState::PendingReboot, pending_reboot),
    ]
}

/// The updates an effect names.
pub(super) fn updates_of(effect: &Effect) -> impl Iterator<Item = UpdateId> {
    let one = match effect {
        Effect::State { update, .. } => Some(*update),
        _ => None,
    };
    one.into_iter().chain(lists(effect).into_iter().flat_map(|(_, updates)| updates.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, update};
    use UpdateState::{Downloaded, Failed, Installed, Needed, NotApplicable, PendingReboot};

    fn numbers() -> HashMap<UpdateId, i32> {
        (1..10_i32).map(|number| (update(u128::from(number.unsigned_abs())), number)).collect()
    }

    fn compliance(needed: &[u128], installed: &[u128]) -> Effect {
        let ids = |numbers: &[u128]| numbers.iter().copied().map(update).collect();
        Effect::Compliance {
            needed: ids(needed),
            installed: ids(installed),
            downloaded: Vec::new(),
            pending_reboot: Vec::new(),
            failed: Vec::new(),
        }
    }

    fn event(number: u128, state: UpdateState) -> Effect {
        Effect::State { update: update(number), state }
    }

    fn after(effects: &[(i64, Effect)]) -> Vec<(i32, UpdateState, i64)> {
        let mut facts = Facts::default();
        for (seconds, effect) in effects {
            facts.apply(at(*seconds), effect, &numbers());
        }
        let since = |fact: Fact| fact.since_secs - at(0).as_second();
        facts.set().map(|(update, fact)| (update, fact.state, since(fact))).collect()
    }

    #[test]
    fn a_compliance_report_replaces_the_state_as_a_whole() {
        let seen = after(&[(1, compliance(&[1, 2], &[3])), (5, compliance(&[2], &[4]))]);
        assert_eq!(seen, [(2, Needed, 1), (4, Installed, 5)]);
    }

    #[test]
    fn needed_does_not_take_back_what_it_cannot_see() {
        for state in [Failed, Downloaded, PendingReboot] {
            let seen = after(&[(1, compliance(&[1], &[])), (2, event(1, state)), (3, compliance(&[1], &[]))]);
            assert_eq!(seen, [(1, state, 2)]);
        }
        let seen = after(&[(1, compliance(&[], &[1])), (3, compliance(&[1], &[]))]);
        assert_eq!(seen, [(1, Needed, 3)]);
    }

    #[test]
    fn a_failure_ends_with_a_success_or_with_not_being_applicable() {
        let failed = [(1, compliance(&[1], &[])), (2, event(1, Failed))];
        let and_then = |seconds, effect| {
            let mut effects = failed.to_vec();
            effects.push((seconds, effect));
            after(&effects)
        };
        assert_eq!(and_then(3, event(1, Downloaded)), [(1, Failed, 2)]);
        assert_eq!(and_then(3, event(1, Installed)), [(1, Installed, 3)]);
        assert_eq!(and_then(3, compliance(&[], &[1])), [(1, Installed, 3)]);
        assert_eq!(and_then(3, compliance(&[], &[])), []);
        assert_eq!(and_then(3, event(1, NotApplicable)), []);
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let happened = [
            (1, compliance(&[1, 2, 3], &[4])),
            (2, event(1, Downloaded)),
            (4, event(1, Failed)),
            (5, event(2, Installed)),
            (6, compliance(&[1, 3], &[2])),
            (8, event(3, PendingReboot)),
        ];
        let expected = after(&happened);
        assert_eq!(expected, [(1, Failed, 4), (2, Installed, 5), (3, PendingReboot, 8)]);
        for order in permutations(happened.len()) {
            let arrived: Vec<_> = order.iter().map(|position| happened[*position].clone()).collect();
            let states: Vec<_> = after(&arrived).into_iter().map(|(update, state, _)| (update, state)).collect();
            let wanted: Vec<_> = expected.iter().map(|(update, state, _)| (*update, *state)).collect();
            assert_eq!(states, wanted, "arrived in the order {order:?}");
        }
    }

    fn permutations(length: usize) -> Vec<Vec<usize>> {
        if length == 0 {
            return vec![Vec::new()];
        }
        let shorter = permutations(length - 1);
        let inserted = shorter.iter().flat_map(|order| {
            (0..length).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, length - 1);
                longer
            })
        });
        inserted.collect()
    }

    #[test]
    fn late_news_of_what_a_report_settled_is_no_news() {
        assert_eq!(after(&[(5, compliance(&[], &[1])), (3, event(1, Failed))]), [(1, Installed, 5)]);
        assert_eq!(after(&[(5, compliance(&[], &[])), (3, event(1, Failed))]), []);
        assert_eq!(after(&[(5, compliance(&[1], &[])), (3, compliance(&[], &[1]))]), [(1, Needed, 5)]);
    }

    #[test]
    fn what_stays_the_same_is_not_written_again() {
        let mut facts = Facts::new(Some(micros(at(1))), None);
        facts.insert(1, Fact { state: Needed, since_secs: at(1).as_second() });
        facts.insert(2, Fact { state: Installed, since_secs: at(1).as_second() });
        facts.apply(at(9), &compliance(&[1], &[2]), &numbers());
        assert_eq!((facts.set().count(), facts.removed().count()), (0, 0));
        assert_eq!(facts.compliance_us(), Some(micros(at(9))));
    }
}
