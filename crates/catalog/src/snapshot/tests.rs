use model::{ApprovalAction, ChangeMark, DeploymentAction, DeploymentId, RevisionNumber, TargetGroupId, Timestamp};
use policy::GroupSet;

use super::*;
use crate::query::{Offer, PAGE, Selection, SoftwareQuery};
use crate::scope::UNAPPROVED_ID;
use crate::source::Source;
use crate::test_catalog::{Made, PILOT, approved, declined, id, pilots, rev, snapshot, source};

fn numbers(offers: &[Offer]) -> Vec<i32> {
    offers.iter().map(|offer| offer.revision.0).collect()
}

const NONE: [i32; 0] = [];

fn revisions(numbers: &[i32]) -> Vec<RevisionId> {
    numbers.iter().copied().map(RevisionId).collect()
}

/// What an unassigned computer with these installed and cached revisions is told that knows of everything.
fn sync(snapshot: &Snapshot, installed: &[i32], cached: &[i32]) -> Selection {
    sync_since(snapshot, installed, cached, Some(snapshot.mark()))
}

fn sync_since(snapshot: &Snapshot, installed: &[i32], cached: &[i32], since: Option<ChangeMark>) -> Selection {
    let query = SoftwareQuery {
        installed: &revisions(installed),
        cached: &revisions(cached),
        since,
        ..SoftwareQuery::default()
    };
    snapshot.software(&snapshot.scope(&GroupSet::unassigned()), &query)
}

fn filtered(snapshot: &Snapshot, filter: &[u32], installed: &[i32], cached: &[i32]) -> Selection {
    let filter: Vec<UpdateId> = filter.iter().copied().map(id).collect();
    let query = SoftwareQuery {
        installed: &revisions(installed),
        cached: &revisions(cached),
        filter: &filter,
        two_groups: true,
        since: Some(snapshot.mark()),
    };
    snapshot.software(&snapshot.scope(&GroupSet::unassigned()), &query)
}

/// How revision `number` is deployed to an unassigned computer that has everything else installed.
fn deployment(source: Source, number: i32) -> Option<model::Deployment> {
    let snapshot = Snapshot::build(source);
    let everything: Vec<i32> = (1..50).filter(|other| *other != number).collect();
    let told = sync(&snapshot, &everything, &[]).new;
    told.into_iter().find(|offer| offer.revision == rev(number)).map(|offer| offer.deployment)
}

fn action(source: Source, number: i32) -> Option<DeploymentAction> {
    deployment(source, number).map(|deployment| deployment.action)
}

#[test]
fn an_update_is_sent_once_every_clause_has_an_installed_member() {
    let snapshot = snapshot(&[
        Made::category(1),
        Made::detectoid(2),
        Made::detectoid(3),
        Made::software(4).within(1).needs(&[2, 3]).deployable(),
    ]);
    assert_eq!(numbers(&sync(&snapshot, &[], &[]).new), [1, 2, 3]);
    assert_eq!(numbers(&sync(&snapshot, &[1], &[2, 3]).new), NONE);
    assert_eq!(numbers(&sync(&snapshot, &[2, 3], &[1]).new), NONE);
    assert_eq!(numbers(&sync(&snapshot, &[1, 3], &[2]).new), [4]);
    assert_eq!(numbers(&sync(&snapshot, &[1, 2, 3], &[]).new), [4]);
}

#[test]
fn prerequisites_are_tested_one_level_at_a_time() {
    let snapshot = snapshot(&[Made::category(1), Made::category(2).within(1), Made::category(3).within(2)]);
    assert_eq!(numbers(&sync(&snapshot, &[], &[]).new), [1]);
    assert_eq!(numbers(&sync(&snapshot, &[2], &[]).new), [1, 3]);
}

#[test]
fn a_page_holds_thirty_with_prerequisites_first() {
    let mut made: Vec<Made> = (1..=40).map(|update| Made::detectoid(update).needs(&[99])).collect();
    made.push(Made::category(99));
    made.push(Made::software(50).needs(&[1]).deployable());
    let snapshot = snapshot(&made);
    let first = sync(&snapshot, &[99, 1], &[]);
    assert_eq!((first.new.len(), first.truncated), (PAGE, true));
    let cached: Vec<i32> = numbers(&first.new);
    let second = sync(&snapshot, &[99, 1], &cached);
    assert_eq!((second.new.len(), second.truncated), (10, false));
    assert_eq!(numbers(&second.new).last(), Some(&50));
    assert!(second.out_of_scope.is_empty());
}

#[test]
fn exactly_one_page_is_not_truncated() {
    let made: Vec<Made> = (1..=30).map(Made::detectoid).collect();
    assert!(!sync(&snapshot(&made), &[], &[]).truncated);
}

#[test]
fn only_the_latest_revision_is_offered_and_the_older_goes_out_of_scope() {
    let snapshot = snapshot(&[Made::detectoid(1), Made::detectoid(1).revision(2), Made::software(2).needs(&[1])]);
    assert_eq!(numbers(&sync(&snapshot, &[], &[]).new), [1001]);
    let told = sync(&snapshot, &[1], &[]);
    assert_eq!(numbers(&told.new), [1001, 2], "an installed older revision still meets a clause");
    assert_eq!(told.out_of_scope, [rev(1)]);
}

#[test]
fn cached_revisions_go_out_of_scope_when_prerequisites_are_gone_or_they_are_unknown() {
    let snapshot = snapshot(&[Made::detectoid(1), Made::software(2).needs(&[1]).deployable()]);
    assert_eq!(sync(&snapshot, &[1], &[2]).out_of_scope, []);
    assert_eq!(sync(&snapshot, &[], &[1, 2, 777, 2, -5]).out_of_scope, revisions(&[-5, 2, 777]));
}

#[test]
fn unapproved_updates_are_sent_as_native_sends_them() {
    let made = [
        Made::category(1),
        Made::detectoid(2),
        Made::software(3).bundles(&[4]).deployable(),
        Made::software(4),
        Made::software(5).deployable(),
        Made::software(6),
        Made::software(7).bundles(&[8]),
        Made::software(8).deployable(),
    ];
    let actions: Vec<_> = (1..=8).map(|number| action(source(&made), number).unwrap().as_str()).collect();
    assert_eq!(
        actions,
        [
            "Evaluate",
            "Evaluate",
            "PreDeploymentCheck",
            "Bundle",
            "PreDeploymentCheck",
            "Evaluate",
            "PreDeploymentCheck",
            "PreDeploymentCheck"
        ]
    );
}

#[test]
fn an_approval_gives_its_action_deadline_and_id() {
    let all = TargetGroupId::ALL_COMPUTERS;
    for (approval, expected) in [
        (ApprovalAction::Install, DeploymentAction::Install),
        (ApprovalAction::Uninstall, DeploymentAction::Uninstall),
        (ApprovalAction::Optional, DeploymentAction::OptionalInstall),
    ] {
        let mut source = approved(source(&[Made::software(1).deployable()]), 1, all, approval);
        source.approvals[0].deadline = Some(Timestamp::from_second(99).unwrap());
        let deployment = deployment(source, 1).unwrap();
        assert_eq!((deployment.id, deployment.action), (DeploymentId(1), expected));
        assert_eq!(deployment.deadline, Some(Timestamp::from_second(99).unwrap()));
        assert_eq!(deployment.last_change, Timestamp::from_second(60).unwrap());
    }
}

#[test]
fn what_is_not_approved_has_an_id_of_its_own_and_the_date_of_its_import() {
    let deployment = deployment(source(&[Made::software(7).deployable()]), 7).unwrap();
    assert_eq!(deployment.id, DeploymentId(UNAPPROVED_ID + 7));
    assert_eq!(deployment.last_change, Timestamp::UNIX_EPOCH);
}

#[test]
fn an_explicit_no_for_a_deeper_group_is_no_approval() {
    let source =
        approved(source(&[Made::software(1).deployable()]), 1, TargetGroupId::ALL_COMPUTERS, ApprovalAction::Install);
    let source = approved(source, 1, PILOT, ApprovalAction::NotApproved);
    let snapshot = Snapshot::build(source);
    let scope = snapshot.scope(&pilots(&snapshot));
    let pilot = snapshot.software(&scope, &SoftwareQuery::default());
    assert_eq!(pilot.new[0].deployment.action, DeploymentAction::PreDeploymentCheck);
    assert_eq!(sync(&snapshot, &[], &[]).new[0].deployment.action, DeploymentAction::Install);
}

#[test]
fn a_member_of_a_bundle_follows_it_whatever_is_approved() {
    let made = [Made::software(1).bundles(&[2]).deployable(), Made::software(2)];
    let source = approved(source(&made), 2, TargetGroupId::ALL_COMPUTERS, ApprovalAction::Install);
    assert_eq!(action(source, 2), Some(DeploymentAction::Bundle));
}

#[test]
fn declined_updates_are_not_sent_nor_what_only_they_bundle() {
    let made = [
        Made::software(1).bundles(&[2, 3, 4]).deployable(),
        Made::software(2),
        Made::software(3),
        Made::software(4).deployable(),
        Made::software(5).bundles(&[3]).deployable(),
    ];
    let all = Snapshot::build(source(&made));
    assert_eq!(numbers(&sync(&all, &[], &[]).new), [1, 2, 3, 4, 5]);
    let some = Snapshot::build(declined(source(&made), &[1]));
    let told = sync(&some, &[], &[1, 2]);
    assert_eq!(numbers(&told.new), [3, 4, 5]);
    assert_eq!(told.out_of_scope, revisions(&[1, 2]));
}

#[test]
fn a_declined_category_is_sent_only_where_something_needs_it() {
    let made = [Made::category(1), Made::category(2), Made::software(3), Made::software(4).within(1).needs(&[3])];
    let snapshot = Snapshot::build(declined(source(&made), &[1, 2, 3]));
    assert_eq!(numbers(&sync(&snapshot, &[], &[]).new), [1]);
    let nobody = Snapshot::build(declined(source(&made), &[1, 4]));
    assert_eq!(numbers(&sync(&nobody, &[], &[]).new), [2, 3]);
}

#[test]
fn superseded_updates_are_sent() {
    let snapshot = snapshot(&[Made::software(1).deployable(), Made::software(2).supersedes(1).deployable()]);
    assert_eq!(numbers(&sync(&snapshot, &[], &[]).new), [1, 2]);
}

#[test]
fn leaves_are_what_no_current_revision_names_category_clauses_included() {
    let made = [
        Made::category(1),
        Made::detectoid(2),
        Made::software(3),
        Made::software(4).within(1).bundles(&[3]).revision(2),
        Made::software(4).needs(&[2]),
    ];
    let told = sync(&snapshot(&made), &[], &[]);
    let leaves: Vec<(i32, bool)> = told.new.iter().map(|offer| (offer.revision.0, offer.is_leaf)).collect();
    assert_eq!(leaves, [(1, false), (2, true), (3, true)]);
}

#[test]
fn a_declined_update_still_makes_others_non_leaves() {
    let made = [Made::category(1), Made::software(2).within(1)];
    let snapshot = Snapshot::build(declined(source(&made), &[2]));
    assert!(!sync(&snapshot, &[], &[]).new[0].is_leaf);
}

#[test]
fn nothing_changed_is_told_as_nothing() {
    let snapshot = snapshot(&[Made::category(1), Made::software(2).within(1).deployable()]);
    assert_eq!(sync(&snapshot, &[1], &[2]).changed, []);
    assert_eq!(numbers(&sync_since(&snapshot, &[1], &[2], None).changed), [1, 2], "no mark: everything");
}

#[test]
fn an_approval_changes_the_deployment_for_its_groups_only() {
    let source = approved(source(&[Made::software(1).deployable()]), 1, PILOT, ApprovalAction::Install);
    let snapshot = Snapshot::build(source);
    let query =
        |since| SoftwareQuery { cached: &[RevisionId(1)], since: Some(ChangeMark(since)), ..Default::default() };
    let pilot = snapshot.scope(&pilots(&snapshot));
    assert_eq!(numbers(&snapshot.software(&pilot, &query(59)).changed), [1]);
    assert_eq!(numbers(&snapshot.software(&pilot, &query(60)).changed), NONE);
    let other = snapshot.scope(&GroupSet::unassigned());
    assert_eq!(numbers(&snapshot.software(&other, &query(0)).changed), NONE);
}

#[test]
fn an_approval_taken_back_is_a_change() {
    let source = approved(source(&[Made::software(1).deployable()]), 1, PILOT, ApprovalAction::NotApproved);
    let snapshot = Snapshot::build(source);
    let query = SoftwareQuery { cached: &[RevisionId(1)], since: Some(ChangeMark(59)), ..Default::default() };
    let changed = snapshot.software(&snapshot.scope(&pilots(&snapshot)), &query).changed;
    assert_eq!(changed[0].deployment.action, DeploymentAction::PreDeploymentCheck);
    assert_eq!(changed[0].deployment.last_change, Timestamp::from_second(60).unwrap());
}

#[test]
fn becoming_a_prerequisite_or_a_member_is_a_change() {
    let made = [
        Made::detectoid(1),
        Made::software(2),
        Made::software(3).needs(&[1]).imported(5),
        Made::software(4).bundles(&[2]).imported(7),
    ];
    let snapshot = snapshot(&made);
    let changed = |since| numbers(&sync_since(&snapshot, &[1], &[2, 3, 4], Some(ChangeMark(since))).changed);
    assert_eq!(changed(4), [1, 2]);
    assert_eq!(changed(5), [2]);
    assert_eq!(changed(7), NONE);
}

#[test]
fn a_cycle_hangs_nothing_and_is_never_offered() {
    let made = [Made::software(1).needs(&[2]), Made::software(2).needs(&[1]), Made::software(3).deployable()];
    assert_eq!(numbers(&sync(&snapshot(&made), &[], &[]).new), [3]);
}

#[test]
fn an_empty_clause_is_never_met() {
    let snapshot = snapshot(&[Made::software(1).needs(&[]), Made::software(2).needs(&[99])]);
    assert_eq!(sync(&snapshot, &[1, 2], &[]).new, []);
}

#[test]
fn an_empty_catalog_answers() {
    let told = sync(&snapshot(&[]), &[1], &[2]);
    assert_eq!(told.out_of_scope, revisions(&[1, 2]));
    assert!(told.driver_sync_not_needed && !told.truncated);
}

/// Company 1, family 2, product 3 as in a recorded category scan, beside another product 4 with updates.
fn category_tree() -> Vec<Made> {
    vec![
        Made::category(1),
        Made::category(2).within(1),
        Made::category(3).within(2),
        Made::category(4).within(2),
        Made::detectoid(5),
        Made::software(6).within(4).needs(&[5]).bundles(&[7]).deployable(),
        Made::software(7),
        Made::software(8).within(3).deployable(),
        Made::driver(9, "pci\\a").within(4),
        Made::detectoid(10),
    ]
}

#[test]
fn a_category_scan_walks_from_the_root_down_to_the_category() {
    let snapshot = snapshot(&category_tree()[..4]);
    let mut installed = Vec::new();
    for expected in [1, 2, 3] {
        let told = filtered(&snapshot, &[3], &installed, &[]);
        assert_eq!(numbers(&told.new), [expected]);
        assert!(told.driver_sync_not_needed && !told.truncated);
        installed.push(expected);
    }
}

#[test]
fn a_filter_lets_through_what_is_in_the_category_and_what_that_needs() {
    let snapshot = snapshot(&category_tree());
    let all = [1, 2, 3, 4, 5, 10];
    assert_eq!(numbers(&filtered(&snapshot, &[4], &all, &[]).new), [7, 6]);
    assert_eq!(numbers(&filtered(&snapshot, &[3], &all, &[]).new), [8]);
    assert_eq!(numbers(&filtered(&snapshot, &[2], &all, &[]).new), [7, 6, 8], "through the categories below");
    assert!(!filtered(&snapshot, &[4], &all, &[]).driver_sync_not_needed);
    assert!(filtered(&snapshot, &[3], &all, &[]).driver_sync_not_needed);
    assert_eq!(filtered(&snapshot, &[99], &all, &[]).new, [], "an unknown category holds nothing");
}

#[test]
fn a_filter_tells_what_is_gone_from_what_is_merely_elsewhere() {
    let source = declined(source(&category_tree()), &[8]);
    let snapshot = Snapshot::build(source);
    let told = filtered(&snapshot, &[4], &[1, 2, 4, 5], &[3, 6, 7, 8, 10, 777]);
    assert_eq!(told.deployed_out_of_scope, revisions(&[3, 10]));
    assert_eq!(told.out_of_scope, revisions(&[8, 777]));
    let one_list = SoftwareQuery {
        installed: &revisions(&[1, 2, 4, 5]),
        cached: &revisions(&[3, 6, 7, 8, 10, 777]),
        filter: &[id(4)],
        ..SoftwareQuery::default()
    };
    let told = snapshot.software(&snapshot.scope(&GroupSet::unassigned()), &one_list);
    assert_eq!(told.out_of_scope, revisions(&[3, 8, 10, 777]));
    assert_eq!(told.deployed_out_of_scope, []);
}

#[test]
fn a_cache_is_refreshed_but_for_what_is_not_latest_or_not_in_scope() {
    let made = [
        Made::category(1),
        Made::category(1).revision(2),
        Made::software(2).bundles(&[3]).deployable(),
        Made::software(3),
        Made::software(4),
    ];
    let snapshot = Snapshot::build(declined(source(&made), &[4]));
    let scope = snapshot.scope(&GroupSet::unassigned());
    let identity = |update, number| UpdateIdentity {
        update_id: id(update),
        revision_number: RevisionNumber::new(number).unwrap(),
    };
    let asked = [identity(1, 1), identity(1, 2), identity(2, 1), identity(3, 1), identity(4, 1), identity(9, 1)];
    let answered: Vec<_> =
        snapshot.refresh(&scope, &asked).into_iter().map(|(identity, offer)| (identity, offer.revision.0)).collect();
    assert_eq!(answered, [(identity(1, 2), 1001), (identity(2, 1), 2), (identity(3, 1), 3)]);
}

#[test]
fn revisions_are_known_by_both_their_names() {
    let snapshot = snapshot(&[Made::category(1), Made::category(1).revision(2), Made::software(2)]);
    for revision in revisions(&[1, 1001, 2]) {
        let identity = snapshot.identity(revision).unwrap();
        assert_eq!(snapshot.revision_of(identity), Some(revision));
    }
    assert_eq!(snapshot.latest(id(1)), Some(rev(1001)));
    assert_eq!((snapshot.identity(rev(5)), snapshot.latest(id(5))), (None, None));
    assert_eq!((snapshot.updates(), snapshot.revisions()), (2, 3));
    let scope = snapshot.scope(&GroupSet::unassigned());
    assert!(snapshot.deployed(&scope, rev(1001)) && !snapshot.deployed(&scope, rev(1)));
}

#[test]
fn scopes_are_kept_for_each_set_of_groups() {
    let snapshot = snapshot(&[Made::category(1)]);
    let one = snapshot.scope(&GroupSet::unassigned());
    assert!(Arc::ptr_eq(&one, &snapshot.scope(&GroupSet::unassigned())));
    assert!(!Arc::ptr_eq(&one, &snapshot.scope(&pilots(&snapshot))));
}

#[test]
fn an_update_with_a_withheld_file_is_installed_by_nobody_until_it_is_let_through() {
    let made = [Made::software(1).deployable().bundles(&[2]), Made::software(2), Made::software(3).deployable()];
    let root = TargetGroupId::ALL_COMPUTERS;
    let mut both = source(&made);
    for update in [1, 3] {
        both = approved(both, update, root, ApprovalAction::Install);
    }
    let decisions = |is_now, mark| crate::Decisions {
        approvals: both.approvals.clone(),
        groups: both.groups.clone(),
        withheld: vec![crate::Withheld { revision: rev(2), is_now, changed: ChangeMark(mark) }],
        mark: ChangeMark(mark),
    };
    let actions = |snapshot: &Snapshot| {
        let told = sync(snapshot, &[], &[]).new;
        let action =
            |number| told.iter().find(|offer| offer.revision == rev(number)).map(|offer| offer.deployment.action);
        (action(1), action(3))
    };
    let install = Some(DeploymentAction::Install);
    let before = Snapshot::build(both.clone());
    assert_eq!(actions(&before), (install, install));

    let withheld = before.deciding(decisions(true, 90));
    assert_eq!(actions(&withheld), (Some(DeploymentAction::PreDeploymentCheck), install));
    let told = sync_since(&withheld, &[], &[1, 2, 3], Some(ChangeMark(80))).changed;
    assert_eq!(numbers(&told), [1], "who knows of it is told");
    assert_eq!(withheld.approved(|action| action == ApprovalAction::Install).len(), 3, "its files stay needed");
    let said = withheld.explain(&withheld.scope(&GroupSet::unassigned()), id(1), None).to_string();
    assert!(said.contains("a file of it is withheld") && said.contains("vanne content quarantine"), "{said}");

    let through = withheld.deciding(decisions(false, 95));
    assert_eq!(actions(&through), (install, install));
    assert_eq!(numbers(&sync_since(&through, &[], &[1, 2, 3], Some(ChangeMark(90))).changed), [1]);
}
