//! Groups: inheritance, conflicts, membership.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use model::{ApprovalAction, ComputerId, DeploymentAction, GroupName, TargetGroupId, Timestamp};
use policy::GroupTree;
use policy::targeting::{Targeting, membership};
use server::admin::api::Which;
use store::{ComputerDetails, ComputerNews, ComputerQuery, Contact, ContactEvent, Location, Store};
use testkit::catalogs::KB;
use testkit::postgres::Postgres;
use testkit::random::Random;
use uuid::Uuid;

use crate::harness::{Computer, Estate, bundle, documents};

#[tokio::test]
async fn the_deepest_group_wins_and_its_absence_inherits() {
    let estate = Estate::with_catalog(&documents()).await;
    estate.create_group("Offices", None).await;
    estate.create_group("Paris", Some("Offices")).await;
    let update = bundle(KB::BOOT).id();
    let which = || Which::Updates(vec![update]);
    let mut paris = Computer::join(&estate.url(), "paris").await;
    let mut nowhere = Computer::join(&estate.url(), "nowhere").await;
    estate.assign(&paris.id, &["Paris"]).await;
    estate.approve(which(), "All Computers", ApprovalAction::Optional).await;
    paris.scan().await;
    nowhere.scan().await;
    let action = |computer: &Computer| computer.told(update).unwrap().1.deployment.action;
    assert_eq!(
        (action(&paris), action(&nowhere)),
        (DeploymentAction::OptionalInstall, DeploymentAction::OptionalInstall)
    );

    estate.approve(which(), "Offices", ApprovalAction::Install).await;
    assert_eq!(paris.scan().await.changed[&update].action, DeploymentAction::Install);
    nowhere.scan().await;
    assert_eq!(action(&nowhere), DeploymentAction::OptionalInstall);

    estate.approve(which(), "paris", ApprovalAction::NotApproved).await;
    assert_eq!(paris.scan().await.changed[&update].action, DeploymentAction::PreDeploymentCheck);
}

#[tokio::test]
async fn in_groups_of_equal_depth_install_wins_and_then_the_earlier_deadline() {
    let estate = Estate::with_catalog(&documents()).await;
    for group in ["Desks", "Pilot"] {
        estate.create_group(group, None).await;
    }
    let update = bundle(KB::BOOT).id();
    let mut both = Computer::join(&estate.url(), "both").await;
    estate.assign(&both.id, &["Desks", "Pilot"]).await;
    estate.approve(Which::Updates(vec![update]), "Desks", ApprovalAction::Uninstall).await;
    estate.approve(Which::Updates(vec![update]), "Pilot", ApprovalAction::Install).await;
    both.scan().await;
    let deployment = |computer: &Computer| computer.told(update).unwrap().1.deployment.clone();
    assert_eq!(deployment(&both).action, DeploymentAction::Install);

    let early: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
    estate.approve_by(update, "Desks", early.checked_add(48.hours()).unwrap()).await;
    estate.approve_by(update, "Pilot", early).await;
    both.scan().await;
    assert_eq!(deployment(&both).deadline, Some(early));
}

#[tokio::test]
async fn a_computer_that_moves_is_told_everything_again() {
    let estate = Estate::with_catalog(&documents()).await;
    estate.create_group("Pilot", None).await;
    let update = bundle(KB::BOOT).id();
    estate.approve(Which::Updates(vec![update]), "Pilot", ApprovalAction::Install).await;
    let mut computer = Computer::join(&estate.url(), "moving").await;
    let mut other = Computer::join(&estate.url(), "staying").await;
    computer.scan().await;
    other.scan().await;
    estate.assign(&computer.id, &["Pilot"]).await;
    let news = computer.scan().await;
    let known: BTreeSet<_> = computer.known.values().map(|told| told.identity.update_id).collect();
    assert_eq!(news.changed.keys().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(news.changed[&update].action, DeploymentAction::Install);
    assert!(computer.scan().await.is_empty());
    assert!(other.scan().await.is_empty(), "the others do not notice");

    estate.assign(&computer.id, &[]).await;
    assert_eq!(computer.scan().await.changed[&update].action, DeploymentAction::PreDeploymentCheck);
}

#[tokio::test]
async fn sec_c5_with_client_side_targeting_computers_place_themselves() {
    let estate = Estate::with_catalog(&documents()).await;
    for group in ["Pilot", "Desks"] {
        estate.create_group(group, None).await;
    }
    let update = bundle(KB::BOOT).id();
    estate.approve(Which::Updates(vec![update]), "Pilot", ApprovalAction::Install).await;
    let mut claiming = Computer::meet(&estate.url(), "claiming", Some("desks; PILOT ;Elsewhere")).await;
    claiming.register().await.unwrap();
    claiming.scan().await;
    let action = |computer: &Computer| computer.told(update).unwrap().1.deployment.action;
    assert_eq!(action(&claiming), DeploymentAction::PreDeploymentCheck, "a claim means nothing until it is allowed");

    estate.client_side_targeting(true).await;
    claiming.scan().await;
    assert_eq!(action(&claiming), DeploymentAction::Install);
    let mut unknown = Computer::meet(&estate.url(), "claiming in vain", Some("Elsewhere")).await;
    unknown.register().await.unwrap();
    unknown.scan().await;
    assert_eq!(action(&unknown), DeploymentAction::PreDeploymentCheck);

    // Its policy changes: it says so at the next handshake.
    let authorization = unknown.authorize(Some("Pilot")).await.unwrap();
    unknown.cookie = Some(unknown.ask_cookie(vec![authorization], unknown.cookie.clone()).await.unwrap());
    assert_eq!(unknown.scan().await.changed[&update].action, DeploymentAction::Install);
}

/// The rule which groups a computer is in stands twice: in `policy`, for scans, and in SQL, for figures.
#[tokio::test]
async fn the_databases_rule_of_membership_is_that_of_policy() {
    let folder = tempfile::tempdir().unwrap();
    let mut locations = vec![Location::Sqlite(folder.path().join("vanne.db"))];
    if let Some(postgres) = Postgres::shared() {
        locations.push(Location::Postgres(postgres.database().unwrap()));
    }
    for location in locations {
        let store = Store::open(&location, Timestamp::UNIX_EPOCH).await.unwrap();
        let mut random = Random::new(27);
        let mut told = BTreeMap::new();
        for round in 0..12 {
            change_at_random(&store, &mut random, round).await;
            tell_at_random(&store, &mut random, round, &mut told).await;
            for targeting in [Targeting::Server, Targeting::Client] {
                store.set_targeting(targeting == Targeting::Client).await.unwrap();
                compare(&store, targeting, &told).await;
            }
        }
    }
}

async fn change_at_random(store: &Store, random: &mut Random, round: usize) {
    let groups = store.groups().await.unwrap();
    let parents: Vec<TargetGroupId> =
        groups.iter().map(|group| group.id).filter(|id| *id != TargetGroupId::UNASSIGNED_COMPUTERS).collect();
    for number in 0..2 {
        let name: GroupName = format!("Größe {round}.{number}").parse().unwrap();
        store.create_group(&name, parents[random.below(parents.len())]).await.unwrap();
    }
    let groups = store.groups().await.unwrap();
    let mut contacts = Vec::new();
    for number in 0..8 {
        let computer: ComputerId = format!("computer-{}", random.below(20)).parse().unwrap();
        let some_name = |random: &mut Random| match random.below(6) {
            0 => "nobody's".to_owned(),
            1 => " ".to_owned(),
            2 => groups[random.below(groups.len())].name.to_string().to_uppercase(),
            _ => groups[random.below(groups.len())].name.to_string(),
        };
        let names: Vec<String> = (0..random.below(4)).map(|_| some_name(random)).collect();
        contacts.push(Contact {
            computer,
            at: Timestamp::from_second((round * 100 + number) as i64).unwrap(),
            address: String::new(),
            dns_name: None,
            requested_groups: Some(names.join("; ")).filter(|names| !names.is_empty()),
            protocol: None,
            agent: String::new(),
            installed: None,
            event: ContactEvent::Authorization,
        });
    }
    store.see_computers(&contacts).await.unwrap();
    let own: Vec<TargetGroupId> = groups.iter().map(|group| group.id).filter(|id| !id.is_built_in()).collect();
    for contact in contacts.iter().take(4) {
        let to: BTreeSet<_> = match random.below(5) {
            0 => BTreeSet::from([TargetGroupId::UNASSIGNED_COMPUTERS]),
            _ => (0..random.below(4)).map(|_| own[random.below(own.len())]).collect(),
        };
        store.assign(&contact.computer, &to.into_iter().collect::<Vec<_>>()).await.unwrap();
    }
}

/// A server below tells of computers: of some of its own, and of some that were heard of here before.
async fn tell_at_random(
    store: &Store,
    random: &mut Random,
    round: usize,
    told: &mut BTreeMap<ComputerId, Vec<TargetGroupId>>,
) {
    let groups = store.groups().await.unwrap();
    let at = Timestamp::from_second((round * 100 + 50) as i64).unwrap();
    for number in 0..6 {
        let kind = if number < 3 { "computer" } else { "below" };
        let computer: ComputerId = format!("{kind}-{}", random.below(20)).parse().unwrap();
        let mut own = vec![TargetGroupId(Uuid::from_u128(number))];
        own.extend((0..random.below(3)).map(|_| groups[random.below(groups.len())].id));
        let details = ComputerDetails { groups: own.clone(), ..ComputerDetails::default() };
        let news = ComputerNews {
            computer: computer.clone(),
            server: Some(Uuid::from_u128(1)),
            last_contact: Some(at),
            last_detection_ok: None,
            last_report: None,
            details: Some(details),
        };
        store.take_computers(&[news], at).await.unwrap();
        told.insert(computer, own.into_iter().filter(|group| !group.is_built_in()).collect());
    }
}

async fn compare(store: &Store, targeting: Targeting, told: &BTreeMap<ComputerId, Vec<TargetGroupId>>) {
    let tree = GroupTree::new(store.groups().await.unwrap()).unwrap();
    let mut by_policy: BTreeMap<TargetGroupId, BTreeSet<String>> = BTreeMap::new();
    for row in store.memberships().await.unwrap() {
        let set = membership(&tree, targeting, &row.assigned, row.requested.as_deref()).groups;
        for group in tree.groups().iter().filter(|group| set.is_in(&tree, group.id)) {
            by_policy.entry(group.id).or_default().insert(row.computer.to_string());
        }
    }
    let all = ComputerQuery { limit: 1_000, ..ComputerQuery::default() };
    let below = store.computers(&all).await.unwrap().into_iter().filter(|row| row.server.is_some());
    for row in below {
        let set = membership(&tree, Targeting::Server, &told[&row.id], None).groups;
        for group in tree.groups().iter().filter(|group| set.is_in(&tree, group.id)) {
            by_policy.entry(group.id).or_default().insert(row.id.to_string());
        }
    }
    for group in tree.groups() {
        let query = ComputerQuery { group: Some(group.id), limit: 1_000, ..ComputerQuery::default() };
        let by_database: BTreeSet<String> =
            store.computers(&query).await.unwrap().into_iter().map(|row| row.id.to_string()).collect();
        assert_eq!(by_database, by_policy.remove(&group.id).unwrap_or_default(), "{} {targeting:?}", group.name);
    }
}
