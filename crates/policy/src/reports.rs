//! What a reported event changes (MS-WUSP 2.2.2.3.1, native-behaviour §4).

use std::collections::HashSet;

use model::{Timestamp, UpdateId, UpdateIdentity, UpdateState};

/// Update ids read of one compliance report; those behind are ignored.
///
/// A computer lists its applicable and installed deployable updates: a few hundred, never tens of thousands.
pub const COMPLIANCE_IDS_MAX: usize = 50_000;

/// What a computer reported, as far as it can change anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `EventID`.
    pub event_id: i16,
    /// The revision it is about, if any.
    pub update: Option<UpdateIdentity>,
    /// `Win32HResult`, signed.
    pub hresult: i32,
    /// When it happened, by the computer's clock.
    pub at: Timestamp,
    /// `MiscData`: `Key=Value` strings.
    pub misc: Vec<String>,
}

/// What is known after an event that was not known before.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing of what is kept as state.
    Nothing,
    /// A scan ended.
    Scanned {
        /// Whether it went well.
        succeeded: bool,
    },
    /// The whole state of the computer: replaces all that was known of it. What is in no list is not applicable.
    Compliance {
        /// Applicable and not installed.
        needed: Vec<UpdateId>,
        /// Installed.
        installed: Vec<UpdateId>,
        /// Needed, and downloaded.
        downloaded: Vec<UpdateId>,
        /// Installed once the computer has restarted.
        pending_reboot: Vec<UpdateId>,
        /// Needed, and the last attempt failed.
        failed: Vec<UpdateId>,
    },
    /// The state of one update on the computer.
    State {
        /// The update.
        update: UpdateId,
        /// Its state.
        state: UpdateState,
    },
}

/// What `event` changes.
///
/// | Events | Effect |
/// |---|---|
/// | 147, 148 | the scan succeeded, failed |
/// | 156, and 153 of old clients | the compliance report |
/// | 162, 164 | downloaded |
/// | 183, 190, 197 | installed (asked for, scheduled, at shutdown) |
/// | 184, 191, 199 | installed, pending reboot |
/// | 182, 195, 198, 204 | failed: 182 and its scheduled, shutdown and after-restart forms |
/// | 222, 542 | removed or reverted: needed, which is how native keeps it ("not installed"); the next compliance report says whether it still applies |
/// | all others | nothing |
///
/// 161 (download failed) changes nothing, nor do 181 and 201: native sets Failed by the installation's
/// own event only (native-behaviour §4.4). Nor do cancelled or killed installations, or removals that
/// failed or wait for a restart: the update is then as it was. 203 means opposite things in two of
/// Microsoft's own tables. An event that needs an update and names none changes nothing.
pub fn effect(event: &Event) -> Effect {
    let state = match event.event_id {
        147 => return Effect::Scanned { succeeded: true },
        148 => return Effect::Scanned { succeeded: false },
        153 | 156 => return compliance(&event.misc),
        162 | 164 => UpdateState::Downloaded,
        183 | 190 | 197 => UpdateState::Installed,
        184 | 191 | 199 => UpdateState::PendingReboot,
        182 | 195 | 198 | 204 => UpdateState::Failed,
        222 | 542 => UpdateState::Needed,
        _ => return Effect::Nothing,
    };
    match event.update {
        Some(identity) if !identity.update_id.0.is_nil() => Effect::State { update: identity.update_id, state },
        _ => Effect::Nothing,
    }
}

/// Reads the lists of a compliance report: `U` needed, `V` installed, `W` pending reboot, `g` failed,
/// `h` downloaded; ids joined by `;`, a list absent when empty.
///
/// An id in several lists goes to the one that says most. Whatever is no id is ignored.
fn compliance(misc: &[String]) -> Effect {
    let mut seen = HashSet::new();
    let mut list = |key: &str| -> Vec<UpdateId> {
        let values = misc.iter().filter_map(|entry| entry.split_once('=')).filter(|(name, _)| *name == key);
        let mut ids = Vec::new();
        for id in values.flat_map(|(_, value)| value.split(';')).filter_map(|text| text.trim().parse().ok()) {
            if seen.len() >= COMPLIANCE_IDS_MAX {
                break;
            }
            if seen.insert(id) {
                ids.push(id);
            }
        }
        ids
    };
    let pending_reboot = list("W");
    let installed = list("V");
    let failed = list("g");
    let downloaded = list("h");
    let needed = list("U");
    Effect::Compliance { needed, installed, downloaded, pending_reboot, failed }
}

#[cfg(test)]
mod tests {
    use model::RevisionNumber;
    use proptest::prelude::*;

    use super::*;

    const A: &str = "0A000000-0000-0000-0000-00000000000A";
    const B: &str = "0B000000-0000-0000-0000-00000000000B";
    const C: &str = "0C000000-0000-0000-0000-00000000000C";

    fn id(text: &str) -> UpdateId {
        text.parse().unwrap()
    }

    fn event(event_id: i16, update: Option<&str>, misc: &[String]) -> Event {
        let number = RevisionNumber::new(1).unwrap();
        let update = update.map(|text| UpdateIdentity { update_id: id(text), revision_number: number });
        Event { event_id, update, hresult: 0, at: Timestamp::UNIX_EPOCH, misc: misc.to_vec() }
    }

    fn state_after(event_id: i16) -> Option<UpdateState> {
        match effect(&event(event_id, Some(A), &[])) {
            Effect::State { update, state } => {
                assert_eq!(update, id(A));
                Some(state)
            }
            _ => None,
        }
    }

    #[test]
    fn a_compliance_report_lists_every_state() {
        let misc =
            [format!("U={A};{B}"), "J=775".to_owned(), format!("V={C}"), "AppName=x=y".to_owned(), format!("h={B}")];
        let expected = Effect::Compliance {
            needed: vec![id(A)],
            installed: vec![id(C)],
            downloaded: vec![id(B)],
            pending_reboot: vec![],
            failed: vec![],
        };
        assert_eq!(effect(&event(156, None, &misc)), expected);
        assert_eq!(effect(&event(153, None, &misc)), expected);
    }

    #[test]
    fn an_absent_list_is_empty() {
        let nothing = Effect::Compliance {
            needed: vec![],
            installed: vec![],
            downloaded: vec![],
            pending_reboot: vec![],
            failed: vec![],
        };
        assert_eq!(effect(&event(156, None, &[])), nothing);
        assert_eq!(effect(&event(156, None, &["U=".to_owned(), "V=;;not-an-id".to_owned()])), nothing);
    }

    #[test]
    fn keys_are_told_apart_by_letter_case() {
        let Effect::Compliance { failed, downloaded, .. } =
            effect(&event(156, None, &[format!("G={A}"), format!("H={B}"), format!("g={C}")]))
        else {
            panic!("156 is the compliance report");
        };
        assert_eq!((failed, downloaded), (vec![id(C)], vec![]));
    }

    #[test]
    fn an_id_in_two_lists_counts_once_where_it_says_most() {
        let misc = [format!("U={A};{A};{B}"), format!("V={C};{B}"), format!("W={C}"), format!("g={A}")];
        let Effect::Compliance { needed, installed, pending_reboot, failed, .. } = effect(&event(156, None, &misc))
        else {
            panic!("156 is the compliance report");
        };
        assert_eq!((needed, installed), (vec![], vec![id(B)]));
        assert_eq!((pending_reboot, failed), (vec![id(C)], vec![id(A)]));
    }

    #[test]
    fn a_flood_of_ids_is_cut() {
        let ids: Vec<String> = (0..60_000).map(|number| format!("{number:032x}")).collect();
        let Effect::Compliance { needed, .. } = effect(&event(156, None, &[format!("U={}", ids.join(";"))])) else {
            panic!("156 is the compliance report");
        };
        assert_eq!(needed.len(), COMPLIANCE_IDS_MAX);
    }

    #[test]
    fn a_success_without_reboot_ends_installed() {
        let states: Vec<_> = [167, 162, 181, 183].into_iter().map(state_after).collect();
        assert_eq!(states, [None, Some(UpdateState::Downloaded), None, Some(UpdateState::Installed)]);
    }

    #[test]
    fn waiting_for_a_reboot_by_201_changes_no_status() {
        let mut waiting = event(201, Some(A), &[]);
        waiting.hresult = 0x0024_0005;
        assert_eq!(effect(&waiting), Effect::Nothing);
        assert_eq!(state_after(184), Some(UpdateState::PendingReboot));
        assert_eq!(state_after(191), Some(UpdateState::PendingReboot));
        assert_eq!(state_after(199), Some(UpdateState::PendingReboot));
    }

    #[test]
    fn only_a_failed_installation_sets_failed() {
        let failed: Vec<i16> =
            (0..=1000).filter(|event_id| state_after(*event_id) == Some(UpdateState::Failed)).collect();
        assert_eq!(failed, [182, 195, 198, 204]);
    }

    #[test]
    fn a_removed_update_is_needed_until_the_next_report() {
        assert_eq!(state_after(222), Some(UpdateState::Needed));
        assert_eq!(state_after(542), Some(UpdateState::Needed));
        assert_eq!(state_after(221), None);
        assert_eq!(state_after(224), None);
    }

    #[test]
    fn a_scan_ends_well_or_not() {
        assert_eq!(effect(&event(147, None, &[])), Effect::Scanned { succeeded: true });
        assert_eq!(effect(&event(148, None, &[])), Effect::Scanned { succeeded: false });
    }

    #[test]
    fn an_event_without_its_update_changes_nothing() {
        assert_eq!(effect(&event(183, None, &[])), Effect::Nothing);
        let nil = "00000000-0000-0000-0000-000000000000";
        assert_eq!(effect(&event(183, Some(nil), &[])), Effect::Nothing);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(event_id: i16, misc in prop::collection::vec(".*", 0..8)) {
            effect(&event(event_id, Some(A), &misc));
        }
    }
}
