//! Reports become states, and states become figures.

use std::collections::BTreeMap;

use jiff::ToSpan;
use model::{ApprovalAction, ComputerId, RevisionNumber, Timestamp, UpdateId, UpdateIdentity, UpdateState};
use server::admin::api::{StatusAnswer, StatusQuery, Which};
use testkit::agent::{Agent, AgentProfile};
use testkit::catalogs::{KB, small};
use testkit::documents::Draft;
use testkit::machine::{Machine, MachineProfile};
use uuid::Uuid;
use wire::reporting::Event;

use crate::harness::{Computer, Estate, bundle, documents, eventually};

/// A server that has the small catalog for two hours, and one computer that has scanned and reported nothing.
async fn estate(name: &str) -> (Estate, Computer) {
    let estate = Estate::start().await;
    estate.advance_mins(-120);
    estate.import(&documents()).await;
    estate.advance_mins(120);
    let computer = Computer::join(&estate.url(), name).await;
    (estate, computer)
}

/// The moment so many minutes after the reports of a test begin, which is an hour ago.
fn minute(number: i64) -> Timestamp {
    let hour_ago = Timestamp::now().checked_sub(60.minutes()).unwrap();
    hour_ago.checked_add(number.minutes()).unwrap()
}

fn about(event_id: i16, update: UpdateIdentity, at: Timestamp) -> Event {
    Event { update: Some(update), ..Event::new(event_id, Uuid::new_v4(), at) }
}

/// The compliance report: its lists by key, ids in upper case.
fn compliance(lists: &[(&str, &[UpdateId])], at: Timestamp) -> Event {
    let list = |(key, updates): &(&str, &[UpdateId])| {
        let ids: Vec<String> = updates.iter().map(|update| update.to_string().to_uppercase()).collect();
        format!("{key}={}", ids.join(";"))
    };
    Event { misc_data: lists.iter().map(list).collect(), ..Event::new(156, Uuid::new_v4(), at) }
}

async fn status(estate: &Estate) -> StatusAnswer {
    estate.status(&StatusQuery::default()).await
}

/// The state of an update on a computer.
async fn state(estate: &Estate, computer: &ComputerId, update: UpdateId) -> UpdateState {
    let query = StatusQuery { computer: Some(computer.to_string()), update: Some(update), ..StatusQuery::default() };
    let answer = estate.status(&query).await;
    assert_eq!((answer.computers, answer.updates), (1, 1));
    let states: Vec<_> = answer.counts.iter().filter(|(_, count)| **count > 0).map(|(state, _)| *state).collect();
    assert_eq!(states.len(), 1, "{:?}", answer.counts);
    states[0]
}

#[tokio::test]
async fn a_computer_is_unknown_until_its_first_compliance_report() {
    let (estate, computer) = estate("unknown").await;
    let before = status(&estate).await;
    assert!(before.updates > 20, "{before:?}");
    assert_eq!((before.computers, before.computers_unknown), (1, 1));
    assert_eq!(before.counts, BTreeMap::from([(UpdateState::Unknown, before.updates)]));
    assert_eq!((before.oldest_report, before.newest_report), (None, None));

    let boot = bundle(KB::BOOT);
    // A finished scan and even an installation say nothing of all the others.
    computer
        .report(vec![Event::new(147, Uuid::new_v4(), minute(1)), about(183, boot.identity(), minute(2))])
        .await
        .unwrap();
    assert_eq!(status(&estate).await.counts, before.counts);

    computer.report(vec![compliance(&[("V", &[boot.id()])], minute(3))]).await.unwrap();
    let after = status(&estate).await;
    assert_eq!(after.computers_unknown, 0);
    let expected = BTreeMap::from([(UpdateState::Installed, 1), (UpdateState::NotApplicable, before.updates - 1)]);
    assert_eq!(after.counts, expected);
}

#[tokio::test]
async fn a_compliance_report_replaces_the_one_before() {
    let (estate, computer) = estate("replaced").await;
    let [boot, reader, zones] = [KB::BOOT, KB::READER, KB::TIME_ZONES].map(|kb| bundle(kb).id());
    let report = compliance(&[("U", &[boot, reader]), ("V", &[zones])], minute(1));
    computer.report(vec![report]).await.unwrap();
    for (update, expected) in
        [(boot, UpdateState::Needed), (reader, UpdateState::Needed), (zones, UpdateState::Installed)]
    {
        assert_eq!(state(&estate, &computer.id, update).await, expected);
    }
    computer.report(vec![compliance(&[("V", &[boot])], minute(2))]).await.unwrap();
    for (update, expected) in
        [(boot, UpdateState::Installed), (reader, UpdateState::NotApplicable), (zones, UpdateState::NotApplicable)]
    {
        assert_eq!(state(&estate, &computer.id, update).await, expected);
    }
    // One that was under way for long is older than what is known.
    computer.report(vec![compliance(&[("U", &[reader])], minute(1))]).await.unwrap();
    assert_eq!(state(&estate, &computer.id, reader).await, UpdateState::NotApplicable);
}

#[tokio::test]
async fn an_installation_goes_through_its_states() {
    let (estate, computer) = estate("installing").await;
    let boot = bundle(KB::BOOT);
    computer.report(vec![compliance(&[("U", &[boot.id()])], minute(1))]).await.unwrap();
    let steps = [
        (167, UpdateState::Needed),
        (161, UpdateState::Needed),
        (162, UpdateState::Downloaded),
        (181, UpdateState::Downloaded),
        (201, UpdateState::Downloaded),
        (184, UpdateState::PendingReboot),
        (183, UpdateState::Installed),
    ];
    for (step, (event, expected)) in (2..).zip(steps) {
        computer.report(vec![about(event, boot.identity(), minute(step))]).await.unwrap();
        assert_eq!(state(&estate, &computer.id, boot.id()).await, expected, "after {event}");
    }
    computer.report(vec![compliance(&[("V", &[boot.id()])], minute(20))]).await.unwrap();
    assert_eq!(state(&estate, &computer.id, boot.id()).await, UpdateState::Installed);
}

#[tokio::test]
async fn an_update_that_waits_for_a_restart_is_reported_so() {
    let (estate, computer) = estate("restart wanted").await;
    let boot = bundle(KB::BOOT);
    let events = vec![
        compliance(&[("U", &[boot.id()])], minute(1)),
        about(162, boot.identity(), minute(2)),
        Event { hresult: 0x0024_0005, ..about(201, boot.identity(), minute(3)) },
        compliance(&[("W", &[boot.id()])], minute(4)),
    ];
    computer.report(events).await.unwrap();
    assert_eq!(state(&estate, &computer.id, boot.id()).await, UpdateState::PendingReboot);
}

#[tokio::test]
async fn only_a_failed_installation_fails_and_only_what_comes_after_clears_it() {
    let (estate, computer) = estate("failing").await;
    let boot = bundle(KB::BOOT);
    let is = async |expected| assert_eq!(state(&estate, &computer.id, boot.id()).await, expected);
    let failure = |at| Event { hresult: -2_145_124_318, ..about(182, boot.identity(), at) };
    computer.report(vec![compliance(&[("U", &[boot.id()])], minute(1)), failure(minute(2))]).await.unwrap();
    is(UpdateState::Failed).await;
    // It is still needed: to the agent that is no news. Nor is a new download a success.
    computer.report(vec![compliance(&[("U", &[boot.id()])], minute(3))]).await.unwrap();
    computer
        .report(vec![about(162, boot.identity(), minute(4)), about(181, boot.identity(), minute(5))])
        .await
        .unwrap();
    is(UpdateState::Failed).await;
    let answer = status(&estate).await;
    assert!(answer.rows.iter().any(|row| row.update_id == boot.id() && row.state == UpdateState::Failed));

    computer.report(vec![about(183, boot.identity(), minute(6))]).await.unwrap();
    is(UpdateState::Installed).await;
    computer.report(vec![failure(minute(7))]).await.unwrap();
    is(UpdateState::Failed).await;
    computer.report(vec![compliance(&[("V", &[boot.id()])], minute(8))]).await.unwrap();
    is(UpdateState::Installed).await;
    computer.report(vec![failure(minute(9)), compliance(&[], minute(10))]).await.unwrap();
    is(UpdateState::NotApplicable).await;
}

#[tokio::test]
async fn a_repeated_batch_counts_once() {
    let (estate, computer) = estate("repeating").await;
    let boot = bundle(KB::BOOT);
    let batch = vec![compliance(&[("U", &[boot.id()])], minute(1)), about(182, boot.identity(), minute(2))];
    for _ in 0..3 {
        assert!(computer.report(batch.clone()).await.unwrap(), "the client must not send it for ever");
    }
    assert_eq!(estate.events().await.len(), 2);
    assert!((estate.metric("vanne_events_total", &[]).await - 2.0).abs() < 0.5);

    // The same occurrence by another computer is another event.
    let other = Computer::join(&estate.url(), "repeating, the other").await;
    other.report(batch.clone()).await.unwrap();
    assert_eq!(estate.events().await.len(), 4);
    // A repeat that comes after newer news has no effect again.
    computer.report(vec![compliance(&[("V", &[boot.id()])], minute(5))]).await.unwrap();
    computer.report(batch).await.unwrap();
    assert_eq!(state(&estate, &computer.id, boot.id()).await, UpdateState::Installed);
}

#[tokio::test]
async fn what_is_reported_of_unknown_updates_waits_for_their_documents() {
    let (estate, computer) = estate("ahead").await;
    let later = Draft::bundle("Not imported yet (KB9009003)").kb("9009003");
    let before = status(&estate).await;
    let number = RevisionNumber::new(1).unwrap();
    let nobodys = UpdateIdentity { update_id: UpdateId(Uuid::from_u128(7)), revision_number: number };
    let events = vec![
        compliance(&[("U", &[later.id(), nobodys.update_id]), ("Z", &[later.id()])], minute(1)),
        about(183, nobodys, minute(2)),
        Event::new(9_999, Uuid::new_v4(), minute(3)),
        Event {
            misc_data: vec!["U".into(), "=;=".into(), "V=what;;ever".into()],
            ..Event::new(147, Uuid::new_v4(), minute(4))
        },
    ];
    assert!(computer.report(events).await.unwrap());
    let after = status(&estate).await;
    assert_eq!(after.updates, before.updates, "an update that nobody can approve is no figure");
    assert_eq!(after.counts, BTreeMap::from([(UpdateState::NotApplicable, before.updates)]));
    estate.import(&[later.finish()]).await;
    assert_eq!(state(&estate, &computer.id, later.id()).await, UpdateState::Needed);
}

#[tokio::test]
async fn what_came_after_a_report_is_unknown_whatever_the_computer_s_clock_says() {
    let (estate, computer) = estate("slow clock").await;
    let new = Draft::bundle("Came today (KB9009004)").kb("9009004");
    estate.import(&[new.finish()]).await;
    assert_eq!(state(&estate, &computer.id, new.id()).await, UpdateState::Unknown);
    computer.report(vec![compliance(&[], minute(1))]).await.unwrap();
    assert_eq!(state(&estate, &computer.id, new.id()).await, UpdateState::Unknown, "it scanned an hour ago");

    // Its clock is three hours behind; the report is of this moment all the same.
    let its_now = Timestamp::now().checked_sub(180.minutes()).unwrap();
    computer.report_at(its_now, vec![compliance(&[], its_now)]).await.unwrap();
    assert_eq!(state(&estate, &computer.id, new.id()).await, UpdateState::NotApplicable);
}

#[tokio::test]
async fn figures_can_be_had_by_group_computer_update_and_article_and_say_how_old_they_are() {
    let (estate, desk) = estate("desk").await;
    let server = Computer::join(&estate.url(), "server").await;
    let silent = Computer::join(&estate.url(), "silent").await;
    estate.create_group("Offices", None).await;
    estate.create_group("Paris", Some("Offices")).await;
    estate.assign(&desk.id, &["Paris"]).await;
    estate.assign(&silent.id, &["Offices"]).await;
    let [boot, reader] = [KB::BOOT, KB::READER].map(bundle);
    desk.report(vec![compliance(&[("U", &[boot.id()]), ("V", &[reader.id()])], minute(1))]).await.unwrap();
    estate.advance_mins(10);
    server.report(vec![compliance(&[("U", &[boot.id(), reader.id()])], minute(10))]).await.unwrap();

    let count = |answer: &StatusAnswer, state| answer.counts.get(&state).copied().unwrap_or_default();
    let offices = estate.status(&StatusQuery { group: Some("offices".into()), ..StatusQuery::default() }).await;
    assert_eq!((offices.computers, offices.computers_unknown), (2, 1), "those of groups below count");
    assert_eq!((count(&offices, UpdateState::Needed), count(&offices, UpdateState::Installed)), (1, 1));
    let nowhere =
        estate.status(&StatusQuery { group: Some("Unassigned Computers".into()), ..StatusQuery::default() }).await;
    assert_eq!((nowhere.computers, count(&nowhere, UpdateState::Needed)), (1, 2));

    let by_kb = estate.status(&StatusQuery { kb: Some(KB::BOOT.into()), ..StatusQuery::default() }).await;
    assert_eq!((by_kb.updates, count(&by_kb, UpdateState::Needed), count(&by_kb, UpdateState::Unknown)), (1, 2, 1));
    let by_cve = estate.status(&StatusQuery { cve: Some("CVE-2026-13377".into()), ..StatusQuery::default() }).await;
    assert_eq!(by_cve.counts, by_kb.counts);
    let by_update = estate.status(&StatusQuery { update: Some(boot.id()), ..StatusQuery::default() }).await;
    assert_eq!(by_update.counts, by_kb.counts);
    let name = desk.id.to_string();
    let by_computer = estate.status(&StatusQuery { computer: Some(name), ..StatusQuery::default() }).await;
    assert_eq!((by_computer.computers, count(&by_computer, UpdateState::Needed)), (1, 1));

    let all = status(&estate).await;
    let (oldest, newest) = (all.oldest_report.unwrap(), all.newest_report.unwrap());
    assert!(oldest < newest, "{oldest} {newest}");
    assert_eq!(by_computer.newest_report, Some(oldest));
    let rows = &all.rows;
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows.iter().all(|row| row.reported_at == Some(if row.computer == desk.id { oldest } else { newest })));
    assert!(rows.iter().any(|row| row.title.contains(KB::BOOT) && row.since.is_some()));
}

#[tokio::test]
async fn a_declined_update_is_no_figure() {
    let (estate, computer) = estate("declined figures").await;
    let boot = bundle(KB::BOOT);
    computer.report(vec![compliance(&[("U", &[boot.id()])], minute(1))]).await.unwrap();
    let before = status(&estate).await;
    estate.decline(boot.id(), false).await;
    let after = status(&estate).await;
    assert_eq!(after.updates, before.updates - 1);
    assert_eq!(after.counts.get(&UpdateState::Needed), None);
    estate.decline(boot.id(), true).await;
    assert_eq!(status(&estate).await.counts, before.counts);
}

#[tokio::test]
async fn events_are_removed_after_their_time_and_states_stay() {
    let (mut estate, computer) = estate("retained").await;
    let boot = bundle(KB::BOOT);
    computer
        .report(vec![compliance(&[("U", &[boot.id()])], minute(1)), about(182, boot.identity(), minute(2))])
        .await
        .unwrap();
    assert_eq!(estate.events().await.len(), 2);
    let before = status(&estate).await;
    estate.advance_mins(89 * 24 * 60);
    estate.restart().await;
    assert_eq!(estate.events().await.len(), 2, "89 days are not 90");
    estate.advance_mins(2 * 24 * 60);
    // The hourly work is done at the start as well.
    estate.restart().await;
    eventually("old events are removed", async || estate.events().await.is_empty()).await;
    let after = status(&estate).await;
    assert_eq!((after.counts, after.oldest_report), (before.counts, before.oldest_report));
    assert_eq!(state(&estate, &computer.id, boot.id()).await, UpdateState::Failed);
}

#[tokio::test]
async fn what_agents_do_is_what_the_figures_say() {
    let estate = Estate::with_catalog(&small()).await;
    let zones = bundle(KB::TIME_ZONES);
    let boot = bundle(KB::BOOT);
    estate.approve(Which::Updates(vec![boot.id()]), "All Computers", ApprovalAction::Install).await;
    let profile = |number: usize| AgentProfile::new(Machine::new(MachineProfile::Windows11, number), number as u64);
    let mut waiting = Agent::new(&estate.url(), profile(41).waiting_for_restart()).unwrap();
    waiting.update().await.unwrap();
    assert_eq!(state(&estate, waiting.computer(), zones.id()).await, UpdateState::Installed);
    assert_eq!(state(&estate, waiting.computer(), boot.id()).await, UpdateState::PendingReboot);
    waiting.restart();
    waiting.update().await.unwrap();
    assert_eq!(state(&estate, waiting.computer(), boot.id()).await, UpdateState::Installed);

    let mut failing = Agent::new(&estate.url(), profile(42).failing(100)).unwrap();
    failing.update().await.unwrap();
    assert_eq!(state(&estate, failing.computer(), boot.id()).await, UpdateState::Failed);
    assert_eq!((waiting.summary().findings.len(), failing.summary().findings.len()), (0, 0));
}
