use model::UpdateState;
use policy::reports::Effect;

use super::*;
use crate::rollup::systems::{ClientSummary, ClientSystem, InstallActivity};
use crate::testing::{at, computer, contact, identity, on_both, revision};
use crate::{Registration, Report, Store, StoredEvent};

const MARSEILLE: Uuid = Uuid::from_u128(0xa);
const LYON: Uuid = Uuid::from_u128(0xb);

fn system(build: i32) -> ClientSystem {
    ClientSystem {
        version: [10, 0, build],
        locale: "fr-FR".into(),
        old_product_type: 1,
        architecture: "AMD64".into(),
        ..ClientSystem::default()
    }
}

fn summary(build: i32, computers: u32, installed: &[(u128, u32, u32)]) -> ClientSummary {
    let activity = |(number, successes, failures): &(u128, u32, u32)| InstallActivity {
        update: identity(*number, 1),
        successes: *successes,
        failures: *failures,
    };
    ClientSummary { system: system(build), computers, activities: installed.iter().map(activity).collect() }
}

fn told(id: Uuid, computers: u32, clients: Vec<ClientSummary>) -> ServerNews {
    ServerNews {
        id,
        name: "below".into(),
        parent: None,
        last_sync: None,
        told_at: None,
        version: None,
        is_replica: false,
        summary: None,
        computers: Some(computers),
        clients,
    }
}

/// Builds and how many run them.
async fn known(store: &Store, server: Uuid) -> Vec<(i32, u64)> {
    let rows = store.systems_below(Some(server)).await.unwrap();
    rows.into_iter().map(|row| (row.system.version[2], row.computers)).collect()
}

#[tokio::test]
async fn what_adds_up_to_all_computers_is_all_there_are() {
    on_both(async |store| {
        let tell = async |seconds, computers, clients| {
            store.tell_servers(&[told(MARSEILLE, computers, clients)], at(seconds)).await.unwrap()
        };
        tell(1, 5, vec![summary(1, 2, &[]), summary(2, 3, &[])]).await;
        assert_eq!(known(&store, MARSEILLE).await, [(1, 2), (2, 3)]);
        // A native server names only those on which something was installed.
        tell(2, 5, vec![summary(2, 1, &[])]).await;
        assert_eq!(known(&store, MARSEILLE).await, [(1, 2), (2, 1)]);
        tell(3, 5, vec![summary(2, 5, &[])]).await;
        assert_eq!(known(&store, MARSEILLE).await, [(2, 5)]);
        let later = 3 + 31 * 24 * 60 * 60;
        store.tell_servers(&[told(LYON, 9, vec![summary(7, 1, &[])])], at(later)).await.unwrap();
        assert_eq!(known(&store, MARSEILLE).await, [], "nobody has confirmed it for a month");
        assert_eq!(store.systems_below(None).await.unwrap().len(), 1);
        tell(later, 0, Vec::new()).await;
        store.remove_downstream(LYON).await.unwrap();
        assert_eq!(store.systems_below(None).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn installations_are_added_and_passed_on_once() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        let news = told(MARSEILLE, 1, vec![summary(1, 1, &[(1, 3, 1), (9, 1, 0)])]);
        store.tell_servers(std::slice::from_ref(&news), at(1)).await.unwrap();
        let due = store.summaries_below().await.unwrap().remove(&MARSEILLE).unwrap();
        assert_eq!(due, news.clients);
        // Told again while this is on its way.
        store.tell_servers(std::slice::from_ref(&news), at(2)).await.unwrap();
        let sent: Vec<_> = due.into_iter().map(|summary| (MARSEILLE, summary)).collect();
        store.passed_summaries(&sent).await.unwrap();
        let rest = store.summaries_below().await.unwrap().remove(&MARSEILLE).unwrap();
        assert_eq!(rest, news.clients, "as much again");
        store.passed_summaries(&sent).await.unwrap();
        let rest = store.summaries_below().await.unwrap().remove(&MARSEILLE).unwrap();
        assert_eq!(rest, [summary(1, 1, &[])]);
        let rows = store.activities_below(MARSEILLE).await.unwrap();
        let rows: Vec<_> = rows.into_iter().map(|row| (row.title.is_some(), row.successes, row.failures)).collect();
        assert_eq!(rows, [(true, 6, 2), (false, 2, 0)]);
    })
    .await;
}

#[tokio::test]
async fn where_there_is_room_for_no_more_counts_those_that_are_known_grow() {
    on_both(async |store| {
        let increment = |update: u128| {
            (Hex(MARSEILLE), Hex(identity(update, 1).update_id.0), text_of(&system(1)).unwrap(), 1, 2, 1)
        };
        let add = async |updates: &[u128]| {
            let mut change = store.database.write("adding").await.unwrap();
            let increments = updates.iter().map(|update| increment(*update)).collect();
            let dropped = add(&mut change, increments, 2).await.unwrap();
            change.commit().await.unwrap();
            dropped
        };
        assert_eq!(add(&[1, 2]).await, 0);
        assert_eq!(add(&[1, 2, 3]).await, 1, "the third is new");
        let rows = store.activities_below(MARSEILLE).await.unwrap();
        let counts: Vec<_> = rows.iter().map(|row| (row.successes, row.failures)).collect();
        assert_eq!(counts, [(4, 2), (4, 2)]);
    })
    .await;
}

#[tokio::test]
async fn whoever_tells_at_the_same_moment_nothing_is_lost_or_counted_twice() {
    on_both(async |store| {
        let tell = |server: Uuid, first: i32| {
            let store = store.clone();
            async move {
                for round in 0..10 {
                    let order = [first, 3 - first].map(|build| summary(build, 1, &[(1, 1, 0), (2, 0, 1)]));
                    store.tell_servers(&[told(server, 2, order.to_vec())], at(round)).await.unwrap();
                    store.begin_summaries().await.unwrap();
                }
            }
        };
        tokio::join!(tell(MARSEILLE, 1), tell(MARSEILLE, 2), tell(LYON, 1), tell(LYON, 2));
        for server in [MARSEILLE, LYON] {
            let rows = store.activities_below(server).await.unwrap();
            let counts: Vec<_> = rows.iter().map(|row| (row.successes, row.failures)).collect();
            assert_eq!(counts, [(0, 40), (40, 0)]);
            assert_eq!(known(&store, server).await, [(1, 1), (2, 1)]);
        }
    })
    .await;
}

fn report(id: &str, instance: u128, state: UpdateState) -> Report {
    report_of(1, id, instance, state)
}

fn report_of(update: u128, id: &str, instance: u128, state: UpdateState) -> Report {
    let event = StoredEvent {
        instance: Uuid::from_u128(instance),
        at: at(10),
        event_id: 183,
        update: Some(identity(update, 1)),
        hresult: 0,
        raw: b"{}".to_vec(),
    };
    let effects = vec![(0, Effect::State { update: identity(update, 1).update_id, state })];
    Report { computer: computer(id), received_at: at(10), events: vec![event], effects }
}

#[tokio::test]
async fn own_computers_are_summed_up_by_what_they_run_with_what_was_installed_since() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        store.see_computers(&[contact("aa", 1), contact("bb", 1), contact("cc", 1)]).await.unwrap();
        let json = r#"{"os_locale":"fr-FR","old_product_type":1,"suite_mask":256,"service_pack":0}"#;
        let registration = Registration {
            os_major: 10,
            os_build: 26_200,
            architecture: "AMD64".into(),
            json: json.into(),
            ..Registration::default()
        };
        for id in ["aa", "bb"] {
            store.register(&computer(id), &registration, at(2)).await.unwrap();
        }
        store.record(&[report("aa", 1, UpdateState::Installed)]).await.unwrap();
        let first = store.begin_summaries().await.unwrap();
        let runs = ClientSystem { suite_mask: 256, ..system(26_200) };
        let unknown = ClientSummary { computers: 1, ..ClientSummary::default() };
        let mut expected = ClientSummary { system: runs, computers: 2, activities: Vec::new() };
        assert_eq!(
            store.own_summaries(first).await.unwrap(),
            [unknown.clone(), expected.clone()],
            "before there was anybody to tell, nothing was counted"
        );
        let reports = [
            report("aa", 2, UpdateState::Installed),
            report("aa", 2, UpdateState::Installed),
            report("bb", 3, UpdateState::PendingReboot),
            report("bb", 4, UpdateState::Failed),
            report("bb", 5, UpdateState::Downloaded),
            report_of(7, "bb", 7, UpdateState::Installed),
        ];
        store.record(&reports).await.unwrap();
        assert_eq!(store.own_summaries(first).await.unwrap()[1].activities, [], "that is the next round's");
        let second = store.begin_summaries().await.unwrap();
        store.record(&[report("bb", 6, UpdateState::Failed)]).await.unwrap();
        expected.activities = summary(0, 0, &[(1, 2, 1)]).activities;
        assert_eq!(store.own_summaries(second).await.unwrap(), [unknown, expected], "of updates that are here");
        store.told_own_summaries(second).await.unwrap();
        let third = store.begin_summaries().await.unwrap();
        let rest = store.own_summaries(third).await.unwrap().remove(1).activities;
        assert_eq!(rest, summary(0, 0, &[(1, 0, 1)]).activities);
        store.remove_computer(&computer("bb"), at(20)).await.unwrap();
        assert_eq!(store.own_summaries(third).await.unwrap()[1].activities, []);

        store.record(&[report("aa", 8, UpdateState::Installed)]).await.unwrap();
        store.end_summaries().await.unwrap();
        store.record(&[report("aa", 9, UpdateState::Installed)]).await.unwrap();
        let fourth = store.begin_summaries().await.unwrap();
        let rest = store.own_summaries(fourth).await.unwrap().remove(1).activities;
        assert_eq!(rest, [], "there was nobody to tell");
    })
    .await;
}

#[tokio::test]
async fn an_update_is_expired_as_long_as_that_is_its_latest_word() {
    on_both(async |store| {
        store.import(vec![revision(1, 1), revision(2, 1)], at(0)).await.unwrap();
        let mut applying = store.apply(at(1)).await.unwrap();
        applying.note_expired(&[identity(1, 1).update_id, identity(2, 1).update_id]).await.unwrap();
        applying.finish().await.unwrap();
        assert_eq!(store.server_figures().await.unwrap().expired, 2);
        store.import(vec![revision(2, 2)], at(2)).await.unwrap();
        assert_eq!(store.server_figures().await.unwrap().expired, 1);
    })
    .await;
}
