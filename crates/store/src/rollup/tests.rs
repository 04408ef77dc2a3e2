//! Two stores: what one is to tell, the other takes.

use std::collections::HashSet;

use model::{GroupName, UpdateState};

use super::*;
use crate::testing::{at, compliance, computer, contact, on_both, revision, update};
use crate::{ComputerQuery, ContactEvent, DownstreamState, StatusQuery, Store, StoreError};
use UpdateState::{Failed, Installed, Needed, NotApplicable, Unknown};

const MARSEILLE: Uuid = Uuid::from_u128(0xa);
const LYON: Uuid = Uuid::from_u128(0xb);

fn news(id: &str, server: Uuid, seconds: i64) -> ComputerNews {
    ComputerNews {
        computer: computer(id),
        server: Some(server),
        last_contact: Some(at(seconds)),
        last_detection_ok: Some(true),
        last_report: Some(at(seconds)),
        details: None,
    }
}

fn states(id: &str, number: u32, is_full: bool, told: &[(u128, UpdateState, i64)]) -> StatesNews {
    let states = told.iter().map(|(number, state, seconds)| (update(*number), *state, at(*seconds))).collect();
    StatesNews { computer: computer(id), number, is_full, effective: Some(at(0)), states }
}

fn only(server: Uuid) -> HashSet<Uuid> {
    HashSet::from([server])
}

/// What is known of all computers, by state.
async fn pairs(store: &Store) -> Vec<(UpdateState, u64)> {
    store.status_counts(&StatusQuery::default()).await.unwrap().pairs.into_iter().collect()
}

async fn owner(store: &Store, id: &str) -> Option<Uuid> {
    let query = ComputerQuery { computer: Some(computer(id)), limit: 1, ..ComputerQuery::default() };
    store.computers(&query).await.unwrap().remove(0).server
}

#[tokio::test]
async fn a_computer_counts_once_its_states_came() {
    on_both(async |store| {
        store.import(vec![revision(1, 1), revision(2, 1)], at(-9)).await.unwrap();
        let taken = store.take_computers(&[news("aa", MARSEILLE, 10)], at(20)).await.unwrap();
        assert_eq!(taken.changes, [(computer("aa"), ComputerChange::NewParent)]);
        assert_eq!(pairs(&store).await, [(Unknown, 2)], "that it reported says nothing before the states are here");
        let told = [states("aa", 1, true, &[(1, Needed, 10), (2, Unknown, 10)])];
        let taken = store.take_states(&only(MARSEILLE), &told).await.unwrap();
        assert_eq!((taken.computers, taken.stale, taken.strange), (1, 0, 0));
        assert_eq!(pairs(&store).await, [(NotApplicable, 1), (Needed, 1)]);
        let rows = store.status_rows(&StatusQuery::default(), Some(Needed), 10).await.unwrap();
        assert_eq!((rows[0].server, rows[0].reported_at, rows[0].since), (Some(MARSEILLE), Some(at(10)), Some(at(10))));
        assert_eq!(store.memberships().await.unwrap(), [], "it never scans here");
        assert_eq!(store.computers_below().await.unwrap(), [(MARSEILLE, 1)].into());
        // What came here after that server had last synchronised is not known of its computers.
        store.import(vec![revision(3, 1)], at(5)).await.unwrap();
        assert_eq!(pairs(&store).await, [(Unknown, 1), (NotApplicable, 1), (Needed, 1)]);
    })
    .await;
}

#[tokio::test]
async fn states_are_taken_in_order_and_never_twice() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(-9)).await.unwrap();
        store.take_computers(&[news("aa", MARSEILLE, 10)], at(20)).await.unwrap();
        let tell = async |told: StatesNews| {
            let taken = store.take_states(&only(MARSEILLE), &[told]).await.unwrap();
            (taken.computers, taken.stale)
        };
        assert_eq!(tell(states("aa", 1, false, &[(1, Failed, 1)])).await, (0, 1), "nothing to build upon");
        let first = states("aa", 1, true, &[(1, Needed, 10)]);
        let second = states("aa", 2, false, &[(1, Installed, 11)]);
        assert_eq!(tell(first.clone()).await, (1, 0));
        assert_eq!(tell(second.clone()).await, (1, 0));
        for replayed in [first, second, states("aa", 4, false, &[(1, Failed, 99)])] {
            assert_eq!(tell(replayed).await, (0, 1));
        }
        assert_eq!(pairs(&store).await, [(Installed, 1)]);
        // An older state of an update changes nothing, and neither does another server's word.
        assert_eq!(tell(states("aa", 3, false, &[(1, Failed, 5)])).await, (1, 0));
        let foreign = store.take_states(&only(LYON), &[states("aa", 9, true, &[])]).await.unwrap();
        assert_eq!((foreign.computers, foreign.strange), (0, 1));
        assert_eq!(pairs(&store).await, [(Installed, 1)]);
        assert_eq!(tell(states("aa", 4, false, &[(1, NotApplicable, 12)])).await, (1, 0));
        assert_eq!(pairs(&store).await, [(NotApplicable, 1)]);
    })
    .await;
}

#[tokio::test]
async fn what_diverged_is_named_and_healed_by_complete_states() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(-9)).await.unwrap();
        store.take_computers(&[news("aa", MARSEILLE, 10), news("bb", LYON, 10)], at(20)).await.unwrap();
        store.take_states(&only(MARSEILLE), &[states("aa", 7, true, &[(1, Needed, 10)])]).await.unwrap();
        let ask = async |numbers: &[(&str, u32)]| {
            let numbers: Vec<_> = numbers.iter().map(|(id, number)| (computer(id), *number)).collect();
            store.out_of_sync(&only(MARSEILLE), &numbers).await.unwrap()
        };
        assert_eq!(ask(&[("aa", 7), ("bb", 3), ("zz", 3)]).await, [], "the others are none of Marseille's");
        // Marseille was restored to an earlier state.
        assert_eq!(ask(&[("aa", 2)]).await, [computer("aa")]);
        let healed = states("aa", 3, true, &[(1, Installed, 11)]);
        assert_eq!(store.take_states(&only(MARSEILLE), &[healed]).await.unwrap().computers, 1);
        assert_eq!(ask(&[("aa", 3)]).await, []);
        assert_eq!(pairs(&store).await, [(Unknown, 1), (Installed, 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_computer_is_the_servers_that_it_spoke_to_last() {
    on_both(async |store| {
        let pilot =
            store.create_group(&"Pilot".parse::<GroupName>().unwrap(), TargetGroupId::ALL_COMPUTERS).await.unwrap();
        store.see_computers(&[contact("aa", 10)]).await.unwrap();
        store.assign(&computer("aa"), &[pilot.id]).await.unwrap();
        for (server, seconds, expected) in [
            (MARSEILLE, 9, None),
            (MARSEILLE, 10, None),
            (MARSEILLE, 11, Some(MARSEILLE)),
            (LYON, 11, Some(MARSEILLE)),
            (LYON, 12, Some(LYON)),
            (MARSEILLE, 11, Some(LYON)),
        ] {
            let before = owner(&store, "aa").await;
            let taken = store.take_computers(&[news("aa", server, seconds)], at(20)).await.unwrap();
            assert_eq!(!taken.left.is_empty(), before.is_none() && expected.is_some());
            assert_eq!(owner(&store, "aa").await, expected, "after {seconds} at {server}");
        }
        let in_pilot = ComputerQuery { group: Some(pilot.id), limit: 9, ..ComputerQuery::default() };
        assert_eq!(store.computers(&in_pilot).await.unwrap(), []);
        assert_eq!(store.memberships().await.unwrap(), []);
        // It comes back, and is in the group it was put into.
        store.see_computers(&[crate::Contact { event: ContactEvent::Scan, ..contact("aa", 13) }]).await.unwrap();
        assert_eq!(owner(&store, "aa").await, None);
        assert_eq!(store.computers(&in_pilot).await.unwrap().len(), 1);
        assert_eq!(store.membership(&computer("aa")).await.unwrap().unwrap().assigned, [pilot.id]);
    })
    .await;
}

#[tokio::test]
async fn groups_that_a_server_below_tells_count_whoever_assigns_computers_here() {
    on_both(async |store| {
        let pilot =
            store.create_group(&"Pilot".parse::<GroupName>().unwrap(), TargetGroupId::ALL_COMPUTERS).await.unwrap();
        let details = ComputerDetails {
            groups: vec![pilot.id, TargetGroupId(Uuid::from_u128(99)), TargetGroupId::ALL_COMPUTERS],
            ..ComputerDetails::default()
        };
        let detailed = ComputerNews { details: Some(details), ..news("aa", MARSEILLE, 10) };
        assert_eq!(store.take_computers(&[detailed], at(20)).await.unwrap().changes, [], "nothing is left to be told");
        for client in [false, true] {
            store.set_targeting(client).await.unwrap();
            let query = ComputerQuery { computer: Some(computer("aa")), limit: 1, ..ComputerQuery::default() };
            assert_eq!(store.computers(&query).await.unwrap()[0].groups, [pilot.id]);
        }
        assert_eq!(store.membership(&computer("aa")).await.unwrap().unwrap().assigned, [], "and decide nothing here");
        store.remove_group(pilot.id).await.unwrap();
        let unassigned = StatusQuery { group: Some(TargetGroupId::UNASSIGNED_COMPUTERS), ..StatusQuery::default() };
        assert_eq!(store.status_counts(&unassigned).await.unwrap().computers, 1);
    })
    .await;
}

#[tokio::test]
async fn a_computer_that_was_removed_stays_so_until_it_speaks_again() {
    on_both(async |store| {
        store.take_computers(&[news("aa", MARSEILLE, 10)], at(11)).await.unwrap();
        store.remove_computer(&computer("aa"), at(12)).await.unwrap();
        let again =
            async |seconds| store.take_computers(&[news("aa", MARSEILLE, seconds)], at(30)).await.unwrap().changes;
        assert_eq!(again(10).await, [(computer("aa"), ComputerChange::Deleted)]);
        assert_eq!(store.computers_below().await.unwrap().len(), 0);
        assert_eq!(again(13).await, [(computer("aa"), ComputerChange::NewParent)]);
    })
    .await;
}

#[tokio::test]
async fn a_computer_that_its_server_tells_of_no_more_is_forgotten() {
    on_both(async |store| {
        let told = |seconds| ServerNews {
            id: MARSEILLE,
            name: "marseille".into(),
            parent: None,
            last_sync: None,
            told_at: Some(at(seconds)),
            version: None,
            is_replica: false,
            summary: None,
            computers: None,
            clients: Vec::new(),
        };
        let week = std::time::Duration::from_secs(100);
        store.tell_servers(&[told(0)], at(0)).await.unwrap();
        store.take_computers(&[news("aa", MARSEILLE, 0), news("bb", MARSEILLE, 0)], at(0)).await.unwrap();
        store.see_computers(&[contact("cc", 0)]).await.unwrap();
        // The second one is told of with nothing new.
        store.tell_servers(&[told(90)], at(90)).await.unwrap();
        store.take_computers(&[news("bb", MARSEILLE, 0)], at(90)).await.unwrap();
        assert_eq!(store.forget_silent_below(week).await.unwrap(), 0);
        store.tell_servers(&[told(110)], at(110)).await.unwrap();
        assert_eq!(store.forget_silent_below(week).await.unwrap(), 1);
        assert_eq!(store.computers_below().await.unwrap(), [(MARSEILLE, 1)].into());
        assert_eq!(store.memberships().await.unwrap().len(), 1, "its own are none of that");
        let again = store.take_computers(&[news("aa", MARSEILLE, 0)], at(120)).await.unwrap();
        assert_eq!(again.changes, [(computer("aa"), ComputerChange::NewParent)], "it was not removed here");
    })
    .await;
}

#[tokio::test]
async fn a_server_goes_with_all_below_it_and_their_computers() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(-9)).await.unwrap();
        let aubagne = Uuid::from_u128(0xc);
        for id in [MARSEILLE, LYON] {
            store.see_downstream(id, "below", at(1)).await.unwrap();
        }
        let told = ServerNews {
            id: aubagne,
            name: "aubagne".into(),
            parent: Some(MARSEILLE),
            last_sync: Some(at(2)),
            told_at: Some(at(3)),
            version: Some("1.0".into()),
            is_replica: true,
            summary: None,
            computers: None,
            clients: Vec::new(),
        };
        store.tell_servers(&[told], at(4)).await.unwrap();
        let row = store.downstreams().await.unwrap().into_iter().find(|row| row.id == aubagne).unwrap();
        assert_eq!((row.parent, row.last_rollup, row.state), (Some(MARSEILLE), Some(at(3)), DownstreamState::Allowed));
        let all = [news("aa", MARSEILLE, 1), news("bb", aubagne, 1), news("cc", LYON, 1)];
        store.take_computers(&all, at(4)).await.unwrap();
        store.take_states(&only(aubagne), &[states("bb", 1, true, &[(1, Needed, 1)])]).await.unwrap();
        store.remove_downstream(MARSEILLE).await.unwrap();
        assert_eq!(store.downstreams().await.unwrap().len(), 1);
        assert_eq!(store.computers_below().await.unwrap(), [(LYON, 1)].into());
        assert_eq!(pairs(&store).await, [(Unknown, 1)]);
        assert!(matches!(store.remove_downstream(MARSEILLE).await, Err(StoreError::NotFound { .. })));
    })
    .await;
}

#[tokio::test]
async fn more_servers_than_any_hierarchy_has_are_not_kept() {
    on_both(async |store| {
        let told = |number: i64| ServerNews {
            id: Uuid::new_v4(),
            name: format!("made-up-{number}"),
            parent: Some(MARSEILLE),
            last_sync: None,
            told_at: None,
            version: None,
            is_replica: false,
            summary: None,
            computers: None,
            clients: Vec::new(),
        };
        let flood: Vec<ServerNews> = (0..=crate::DOWNSTREAMS_MAX).map(told).collect();
        let error = store.tell_servers(&flood, at(1)).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { .. }) && error.to_string().contains("servers list"), "{error}");
        assert_eq!(store.downstreams().await.unwrap(), []);
        store.tell_servers(&flood[1..], at(1)).await.unwrap();
    })
    .await;
}

/// The computers that are to be told of in all, and their rollup numbers, once each was acknowledged.
async fn tell_all(store: &Store, from_scratch: bool) -> (Vec<String>, Vec<StatesNews>) {
    let round = store.begin_rollup(from_scratch).await.unwrap();
    let (computers, _) = store.computers_to_tell(0, false, 100).await.unwrap();
    store.told_computers(&computers.iter().collect::<Vec<_>>(), true).await.unwrap();
    let (due, _) = store.states_to_tell(round, 0, 100).await.unwrap();
    store.told_states(round, &due).await.unwrap();
    let ids = computers.into_iter().map(|one| one.news.computer.to_string()).collect();
    (ids, due.into_iter().map(|one| one.news).collect())
}

#[tokio::test]
async fn only_what_changed_since_it_was_acknowledged_is_told_again() {
    on_both(async |store| {
        store.import(vec![revision(1, 1), revision(2, 1), revision(3, 1)], at(-9)).await.unwrap();
        store.see_computers(&[contact("aa", 5), contact("bb", 5)]).await.unwrap();
        store.record(&[compliance("aa", 10, &[1, 2], &[])]).await.unwrap();
        let (computers, told) = tell_all(&store, false).await;
        assert_eq!(computers, ["aa", "bb"]);
        let facts = |told: &StatesNews| {
            let mut facts: Vec<_> = told.states.iter().map(|(id, state, at)| (*id, *state, *at)).collect();
            facts.sort_unstable();
            (told.number, told.is_full, facts)
        };
        assert_eq!(told.len(), 1, "bb has reported nothing");
        assert_eq!(facts(&told[0]), (1, true, vec![(update(1), Needed, at(10)), (update(2), Needed, at(10))]));
        assert_eq!(tell_all(&store, false).await, (vec![], vec![]));

        // One stays, one is installed, one comes and one goes.
        store.record(&[compliance("aa", 20, &[3], &[1])]).await.unwrap();
        let (computers, told) = tell_all(&store, false).await;
        assert_eq!(computers, ["aa"]);
        let changed = [(update(1), Installed, at(20)), (update(2), NotApplicable, at(20)), (update(3), Needed, at(20))];
        assert_eq!(facts(&told[0]), (2, false, changed.to_vec()));

        // What changes while a round is under way belongs to the next.
        let round = store.begin_rollup(false).await.unwrap();
        store.record(&[compliance("aa", 30, &[], &[1, 3])]).await.unwrap();
        let (due, _) = store.states_to_tell(round, 0, 100).await.unwrap();
        store.told_states(round, &due).await.unwrap();
        let (_, told) = tell_all(&store, false).await;
        assert_eq!(facts(&told[0]), (4, false, vec![(update(3), Installed, at(30))]));

        store.tell_states_in_full(&[computer("aa")]).await.unwrap();
        let (_, told) = tell_all(&store, false).await;
        assert_eq!((told[0].number, told[0].is_full, told[0].states.len()), (5, true, 2));
        let (computers, told) = tell_all(&store, true).await;
        assert_eq!((computers.len(), told[0].number, told[0].is_full), (2, 1, true));
        store.end_rollups().await.unwrap();
        assert_eq!(tell_all(&store, false).await.0.len(), 2, "nothing was noted meanwhile");
    })
    .await;
}

#[tokio::test]
async fn of_servers_that_share_a_database_one_tells_at_a_time() {
    on_both(async |store| {
        let others_wait = store.is_shared();
        assert!(store.lease_rollup(at(0)).await.unwrap());
        assert_eq!(store.lease_rollup(at(600)).await.unwrap(), !others_wait);
        store.renew_rollup(Some(at(800))).await.unwrap();
        assert_eq!(store.lease_rollup(at(1_000)).await.unwrap(), !others_wait, "it goes on");
        assert!(store.lease_rollup(at(3_000)).await.unwrap(), "it was lost");
        store.renew_rollup(None).await.unwrap();
        assert!(store.lease_rollup(at(3_001)).await.unwrap(), "it has ended");
    })
    .await;
}

#[tokio::test]
async fn how_far_the_catalog_went_is_told_with_the_states() {
    on_both(async |store| {
        let run = store.begin_run("http://paris", at(3), "{}").await.unwrap();
        store.end_run(run, crate::RunOutcome::Failed, at(4), "{}").await.unwrap();
        store.record(&[compliance("aa", 10, &[], &[])]).await.unwrap();
        assert_eq!(tell_all(&store, false).await.1[0].effective, None, "it never took anything from above");
        let run = store.begin_run("http://paris", at(11), "{}").await.unwrap();
        store.end_run(run, crate::RunOutcome::Succeeded, at(12), "{}").await.unwrap();
        store.record(&[compliance("aa", 15, &[], &[])]).await.unwrap();
        assert_eq!(tell_all(&store, false).await.1[0].effective, Some(at(11)));
    })
    .await;
}

#[tokio::test]
async fn figures_are_of_this_servers_own_computers() {
    on_both(async |store| {
        store.import(vec![revision(1, 1), revision(2, 1), revision(3, 1)], at(-9)).await.unwrap();
        store.decline(&[update(3)], at(0)).await.unwrap();
        let all = TargetGroupId::ALL_COMPUTERS;
        store.approve(&[update(1)], all, model::ApprovalAction::Install, None, at(0)).await.unwrap();
        store.record(&[compliance("aa", 10, &[1], &[2]), compliance("bb", 10, &[], &[2])]).await.unwrap();
        store.see_computers(&[contact("cc", 1)]).await.unwrap();
        store.take_computers(&[news("dd", MARSEILLE, 10)], at(20)).await.unwrap();
        store.take_states(&only(MARSEILLE), &[states("dd", 1, true, &[(2, Failed, 10)])]).await.unwrap();
        let expected = ServerFigures {
            updates: 3,
            declined: 1,
            approved: 1,
            not_approved: 1,
            expired: 0,
            critical_not_approved: 0,
            failed: 0,
            needed: 1,
            up_to_date: 1,
            custom_groups: 0,
            computers: 3,
            computers_needing: 1,
            computers_failed: 0,
            computers_up_to_date: 1,
        };
        assert_eq!(store.server_figures().await.unwrap(), expected);
    })
    .await;
}
