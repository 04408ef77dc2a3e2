use model::{
    ApprovalAction, Bundle, CategoryKind, Clause, DriverMatch, FeatureScore, Group, Relations, Revision,
    RevisionNumber, TargetGroupId, Timestamp, UpdateIdentity,
};
use policy::GroupTree;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::query::{Device, InstalledDriver};
use crate::{Decisions, Declined, Gathered, Snapshot, Verdict};

/// Updates are named by numbers below this; those no revision has are unknown to the server.
const UPDATES: u128 = 16;
const REVISION_IDS: i32 = 40;

fn update(number: u128) -> UpdateId {
    UpdateId(Uuid::from_u128(number))
}

fn mark() -> impl Strategy<Value = ChangeMark> {
    (1_u64..8).prop_map(ChangeMark)
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0_i64..5).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn an_update() -> impl Strategy<Value = UpdateId> {
    (0..UPDATES).prop_map(update)
}

fn clause() -> impl Strategy<Value = Clause> {
    let members = prop::collection::vec(an_update(), 0..4);
    (members, any::<bool>()).prop_map(|(members, is_category)| Clause { members, is_category })
}

fn bundle() -> impl Strategy<Value = Bundle> {
    let member = (an_update(), 0_u32..3).prop_map(|(update_id, number)| UpdateIdentity {
        update_id,
        revision_number: RevisionNumber::new(number).unwrap(),
    });
    prop::collection::vec(member, 0..3).prop_map(|members| Bundle { members })
}

/// Few clauses, so that something is ever needed.
fn relations() -> impl Strategy<Value = Relations> {
    let bundled = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(bundle(), 1..3)];
    (prop::collection::vec(clause(), 0..3), bundled, prop::collection::vec(an_update(), 0..2))
        .prop_map(|(prerequisites, bundled, superseded)| Relations { prerequisites, bundled, superseded })
}

fn hardware_id() -> impl Strategy<Value = HardwareId> {
    prop::sample::select(vec!["PCI\\A", "pci\\a&b", "usb\\c", "usb\\d"]).prop_map(HardwareId::new)
}

fn word(words: &[&'static str]) -> impl Strategy<Value = Box<str>> + use<> {
    prop::sample::select(words.to_vec()).prop_map(Into::into)
}

fn computers() -> impl Strategy<Value = Vec<Uuid>> {
    prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec((0_u128..3).prop_map(Uuid::from_u128), 1..3)]
}

fn driver() -> impl Strategy<Value = DriverMatch> {
    let score = (word(&["amd64.10.0", "x86.6.1"]), 0_u8..3)
        .prop_map(|(operating_system, score)| FeatureScore { operating_system, score });
    let makers = (word(&["Acme", "Other"]), word(&["acme", "other"]), prop::collection::vec(word(&["Third"]), 0..2));
    let scores = prop::collection::vec(score, 0..3);
    (hardware_id(), 0_i32..2, 0_u64..2, word(&["Video", "Printers"]), makers, scores, computers(), computers())
        .prop_map(|(hardware_id, date_days, version, class, makers, feature_scores, target, distribution)| {
            DriverMatch {
                hardware_id,
                date_days,
                version: model::DriverVersion(version),
                class,
                manufacturer: makers.0,
                provider: makers.1,
                compatible_providers: makers.2,
                feature_scores,
                target_computers: target,
                distribution_computers: distribution,
            }
        })
}

fn entry() -> impl Strategy<Value = CatalogEntry> {
    let types = prop_oneof![
        2 => Just(UpdateType::Category),
        1 => Just(UpdateType::Detectoid),
        4 => Just(UpdateType::Software),
        3 => Just(UpdateType::Driver)
    ];
    let drivers = prop::collection::vec(driver(), 0..4);
    (an_update(), 0_u32..3, types, any::<bool>(), relations(), drivers, mark(), time()).prop_map(
        |(update_id, number, update_type, explicitly_deployable, relations, drivers, imported, imported_at)| {
            let is_category = update_type == UpdateType::Category;
            let is_driver = update_type == UpdateType::Driver;
            CatalogEntry {
                id: RevisionId(0),
                revision: Revision {
                    identity: UpdateIdentity { update_id, revision_number: RevisionNumber::new(number).unwrap() },
                    update_type,
                    explicitly_deployable,
                    category: is_category.then_some(CategoryKind::Product),
                    relations,
                    drivers: if is_driver { drivers } else { Vec::new() },
                },
                imported,
                imported_at,
            }
        },
    )
}

/// Distinct revisions with ids in no order.
fn entries() -> impl Strategy<Value = Vec<CatalogEntry>> {
    let ids = Just((1..REVISION_IDS).collect::<Vec<_>>()).prop_shuffle();
    (prop::collection::vec(entry(), 0..30), ids).prop_map(|(mut entries, ids)| {
        entries.sort_by_key(|entry| entry.revision.identity);
        entries.dedup_by_key(|entry| entry.revision.identity);
        entries.iter_mut().zip(ids).for_each(|(entry, id)| entry.id = RevisionId(id));
        entries.reverse();
        entries
    })
}

fn group(number: usize) -> TargetGroupId {
    match number {
        0 => TargetGroupId::ALL_COMPUTERS,
        1 => TargetGroupId::UNASSIGNED_COMPUTERS,
        _ => TargetGroupId(Uuid::from_u128(number as u128)),
    }
}

/// The built-in groups and up to four more, each below an earlier one.
fn groups() -> impl Strategy<Value = GroupTree> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..4).prop_map(|parents| {
        let mut groups = vec![(0, None), (1, Some(0))];
        for parent in parents {
            groups.push((groups.len(), Some(parent.index(groups.len()))));
        }
        let named = |(number, parent): (usize, Option<usize>)| Group {
            id: group(number),
            name: format!("Group {number}").parse().unwrap(),
            parent: parent.map(group),
        };
        GroupTree::new(groups.into_iter().map(named).collect()).unwrap()
    })
}

fn approval() -> impl Strategy<Value = Approval> {
    let action = prop::sample::select(vec![
        ApprovalAction::Install,
        ApprovalAction::Uninstall,
        ApprovalAction::Optional,
        ApprovalAction::NotApproved,
    ]);
    (an_update(), 0_usize..6, action, prop::option::of(time()), time(), mark()).prop_map(
        |(update_id, number, action, deadline, changed_at, changed)| Approval {
            id: DeploymentId(0),
            update_id,
            group: group(number),
            action,
            deadline,
            changed_at,
            changed,
        },
    )
}

fn source() -> impl Strategy<Value = Source> {
    let declined = (an_update(), mark()).prop_map(|(update_id, changed)| Declined { update_id, changed });
    let approvals = prop::collection::vec(approval(), 0..20);
    (entries(), prop::collection::vec(declined, 0..4), approvals, groups()).prop_map(
        |(entries, declined, mut approvals, groups)| {
            (1..).zip(&mut approvals).for_each(|(id, approval)| approval.id = DeploymentId(id));
            Source { entries, declined, approvals, groups, mark: ChangeMark(8) }
        },
    )
}

/// Ids of revisions, some of which are unknown.
fn ids(most: usize) -> impl Strategy<Value = Vec<RevisionId>> {
    prop::collection::vec((-1..REVISION_IDS + 5).prop_map(RevisionId), 0..most)
}

fn device() -> impl Strategy<Value = Device> {
    let installed = (
        prop::option::of(hardware_id()),
        (0_i32..2, 0_u64..2),
        word(&["Video", "PRINTER"]),
        (word(&["Acme"]), word(&["ACME", "third"])),
        prop::option::of((0_u128..3).prop_map(Uuid::from_u128)),
        prop::option::of((0_i32..3).prop_map(|score| score << 16 | 0x0f00_0123)),
    )
        .prop_map(|(matching_id, (date_days, version), class, makers, computer, rank)| InstalledDriver {
            matching_id,
            date_days,
            version: model::DriverVersion(version),
            class: class.into(),
            manufacturer: makers.0.into(),
            provider: makers.1.into(),
            computer,
            rank,
        });
    let ids = || prop::collection::vec(hardware_id(), 0..3);
    (ids(), ids(), prop::option::of(installed)).prop_map(|(hardware_ids, compatible_ids, installed)| Device {
        hardware_ids,
        compatible_ids,
        installed,
    })
}

fn since() -> impl Strategy<Value = Option<ChangeMark>> {
    prop::option::of((0_u64..8).prop_map(ChangeMark))
}

fn members_of(source: &Source, numbers: &[usize]) -> GroupSet {
    GroupSet::new(&source.groups, numbers.iter().map(|number| group(*number)))
}

/// A change of what snapshots are built from.
#[derive(Clone, Debug)]
enum Change {
    /// So many of the revisions that are not there yet.
    Import(usize),
    Decline(Vec<Declined>),
    Decide(Vec<Approval>),
}

fn change() -> impl Strategy<Value = Change> {
    let declined = (an_update(), mark()).prop_map(|(update_id, changed)| Declined { update_id, changed });
    prop_oneof![
        (1_usize..10).prop_map(Change::Import),
        prop::collection::vec(declined, 0..4).prop_map(Change::Decline),
        prop::collection::vec(approval(), 0..20).prop_map(|mut approvals| {
            (1..).zip(&mut approvals).for_each(|(id, approval)| approval.id = DeploymentId(id));
            Change::Decide(approvals)
        }),
    ]
}

fn decisions(source: &Source) -> Decisions {
    let Source { approvals, groups, mark, .. } = source.clone();
    Decisions { approvals, groups, withheld: Vec::new(), mark }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_index_answers_software_syncs_as_the_specification_says(
        source in source(),
        members in prop::collection::vec(0_usize..6, 0..3),
        installed in ids(30),
        cached in ids(20),
        filter in prop_oneof![Just(Vec::new()), prop::collection::vec(an_update(), 1..4)],
        two_groups: bool,
        since in since(),
    ) {
        let groups = members_of(&source, &members);
        let query = SoftwareQuery { installed: &installed, cached: &cached, filter: &filter, two_groups, since };
        let expected = software(&source, &groups, &query);
        let snapshot = Snapshot::build(source);
        let scope = snapshot.scope(&groups);
        prop_assert_eq!(&snapshot.software(&scope, &query), &expected);
        // The second time from what it remembers.
        prop_assert_eq!(&snapshot.software(&scope, &query), &expected);
    }

    #[test]
    fn the_index_answers_driver_syncs_as_the_specification_says(
        source in source(),
        installed in ids(30),
        cached in ids(20),
        filter in prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(an_update(), 1..4)],
        devices in prop::collection::vec(device(), 0..4),
        computer_ids in prop::collection::vec((0_u128..4).prop_map(Uuid::from_u128), 0..3),
        feature_key in prop::option::of(prop::sample::select(vec!["AMD64.10.0", "arm64.10.0"])),
        since in since(),
    ) {
        let groups = GroupSet::unassigned();
        let query = DriverQuery {
            installed: &installed,
            cached: &cached,
            filter: &filter,
            devices: &devices,
            computer_ids: &computer_ids,
            feature_key,
            since,
        };
        let printers_query = PrinterQuery { installed: &installed, cached: &cached, since };
        let expected = drivers(&source, &groups, &query);
        let expected_printers = printers(&source, &groups, &printers_query);
        let snapshot = Snapshot::build(source);
        let scope = snapshot.scope(&groups);
        prop_assert_eq!(snapshot.drivers(&scope, &query), expected);
        prop_assert_eq!(snapshot.printers(&scope, &printers_query), expected_printers);
    }

    #[test]
    fn a_snapshot_reached_by_changes_answers_as_one_built_at_once(
        whole in source(),
        changes in prop::collection::vec(change(), 1..6),
        members in prop::collection::vec(0_usize..6, 0..3),
        installed in ids(30),
        cached in ids(20),
        filter in prop_oneof![Just(Vec::new()), prop::collection::vec(an_update(), 1..4)],
        devices in prop::collection::vec(device(), 0..3),
        since in since(),
    ) {
        let groups = members_of(&whole, &members);
        let query = SoftwareQuery { installed: &installed, cached: &cached, filter: &filter, two_groups: true, since };
        let for_drivers = DriverQuery { installed: &installed, cached: &cached, devices: &devices, since, ..Default::default() };
        let (mut present, mut gathered) = (Source { entries: Vec::new(), ..whole.clone() }, Gathered::default());
        let mut snapshot = Snapshot::of(&gathered, &present.declined, decisions(&present));
        let mut to_come = whole.entries.into_iter();
        for change in std::iter::once(Change::Import(12)).chain(changes) {
            snapshot = match change {
                Change::Import(count) => {
                    let new: Vec<CatalogEntry> = to_come.by_ref().take(count).collect();
                    present.entries.extend(new.iter().cloned());
                    gathered.extend(new);
                    Snapshot::of(&gathered, &present.declined, decisions(&present))
                }
                Change::Decline(declined) => {
                    present.declined = declined;
                    snapshot.declining(&present.declined, decisions(&present))
                }
                Change::Decide(approvals) => {
                    present.approvals = approvals;
                    snapshot.deciding(decisions(&present))
                }
            };
            let scope = snapshot.scope(&groups);
            prop_assert_eq!(snapshot.software(&scope, &query), software(&present, &groups, &query));
            prop_assert_eq!(snapshot.drivers(&scope, &for_drivers), drivers(&present, &groups, &for_drivers));
        }
    }

    #[test]
    fn what_is_explained_is_what_is_sent(source in source(), installed in ids(30)) {
        let groups = GroupSet::unassigned();
        let query = SoftwareQuery { installed: &installed, ..SoftwareQuery::default() };
        // Without a mark, what is cached and needed is told as changed.
        let Selection { mut new, changed, .. } = software(&source, &groups, &query);
        new.extend(changed);
        let snapshot = Snapshot::build(source);
        let scope = snapshot.scope(&groups);
        for number in 0..UPDATES {
            let explanation = snapshot.explain(&scope, update(number), Some(&installed));
            let revision = explanation.revision.and_then(|identity| snapshot.revision_of(identity));
            let offer = new.iter().find(|offer| Some(offer.revision) == revision);
            let explained = match explanation.verdict {
                Verdict::Offered { action, .. } | Verdict::Evaluated { action, .. } => Some(action),
                Verdict::NotSent { .. } => None,
                // Drivers: it depends on the devices.
                Verdict::Undetermined { .. } => continue,
            };
            let is_driver = revision.is_some_and(|revision| is_driver(&snapshot, revision));
            prop_assert_eq!(explained.filter(|_| !is_driver), offer.map(|offer| offer.deployment.action), "{}", number);
        }
    }
}

fn is_driver(snapshot: &Snapshot, revision: RevisionId) -> bool {
    let identity = snapshot.identity(revision).unwrap();
    snapshot.latest_row(identity.update_id).unwrap().update_type == UpdateType::Driver
}
