//! Small catalogs that read as sentences, for the tests of this crate.

use model::{
    Approval, ApprovalAction, Bundle, CatalogEntry, CategoryKind, ChangeMark, Clause, DeploymentId, DriverMatch, Group,
    HardwareId, Relations, Revision, RevisionId, RevisionNumber, TargetGroupId, Timestamp, UpdateId, UpdateIdentity,
    UpdateType,
};
use policy::{GroupSet, GroupTree};
use uuid::Uuid;

use crate::{Declined, Snapshot, Source};

/// The pilot group, below All Computers.
pub(crate) const PILOT: TargetGroupId = TargetGroupId(Uuid::from_u128(77));

pub(crate) fn id(number: u32) -> UpdateId {
    UpdateId(Uuid::from_u128(u128::from(number)))
}

/// The id of the first revision of update `number`.
pub(crate) fn rev(number: i32) -> RevisionId {
    RevisionId(number)
}

fn number(revision: u32) -> RevisionNumber {
    RevisionNumber::new(revision).unwrap()
}

/// A revision to be; revision 1 of update `n` has id `n`, revision 2 has `n + 1000`, and so on.
#[derive(Clone)]
pub(crate) struct Made(CatalogEntry);

impl Made {
    fn new(update: u32, update_type: UpdateType) -> Self {
        Self(CatalogEntry {
            id: RevisionId(i32::try_from(update).unwrap()),
            revision: Revision {
                identity: UpdateIdentity { update_id: id(update), revision_number: number(1) },
                update_type,
                explicitly_deployable: false,
                category: (update_type == UpdateType::Category).then_some(CategoryKind::Product),
                relations: Relations::default(),
                drivers: Vec::new(),
            },
            imported: ChangeMark(1),
            imported_at: Timestamp::UNIX_EPOCH,
        })
    }

    pub(crate) fn category(update: u32) -> Self {
        Self::new(update, UpdateType::Category)
    }

    pub(crate) fn detectoid(update: u32) -> Self {
        Self::new(update, UpdateType::Detectoid)
    }

    pub(crate) fn software(update: u32) -> Self {
        Self::new(update, UpdateType::Software)
    }

    pub(crate) fn driver(update: u32, hardware_id: &str) -> Self {
        let mut made = Self::new(update, UpdateType::Driver).deployable();
        made.0.revision.drivers.push(DriverMatch {
            hardware_id: HardwareId::new(hardware_id),
            date_days: 0,
            version: model::DriverVersion(0),
            class: "Video".into(),
            manufacturer: "Acme".into(),
            provider: "Acme".into(),
            compatible_providers: Vec::new(),
            feature_scores: Vec::new(),
            target_computers: Vec::new(),
            distribution_computers: Vec::new(),
        });
        made
    }

    /// Changes what the driver matches.
    pub(crate) fn matching(mut self, change: impl Fn(&mut DriverMatch)) -> Self {
        self.0.revision.drivers.iter_mut().for_each(change);
        self
    }

    pub(crate) fn deployable(mut self) -> Self {
        self.0.revision.explicitly_deployable = true;
        self
    }

    pub(crate) fn kind(mut self, kind: CategoryKind) -> Self {
        self.0.revision.category = Some(kind);
        self
    }

    pub(crate) fn revision(mut self, revision: u32) -> Self {
        self.0.revision.identity.revision_number = number(revision);
        self.0.id.0 += 1000 * i32::try_from(revision - 1).unwrap();
        self
    }

    pub(crate) fn imported(mut self, mark: u64) -> Self {
        self.0.imported = ChangeMark(mark);
        self
    }

    /// Adds the clause that one of `updates` is installed.
    pub(crate) fn needs(self, updates: &[u32]) -> Self {
        self.clause(updates, false)
    }

    /// Puts it into a category.
    pub(crate) fn within(self, category: u32) -> Self {
        self.clause(&[category], true)
    }

    fn clause(mut self, updates: &[u32], is_category: bool) -> Self {
        let members = updates.iter().map(|update| id(*update)).collect();
        self.0.revision.relations.prerequisites.push(Clause { members, is_category });
        self
    }

    pub(crate) fn bundles(mut self, updates: &[u32]) -> Self {
        let members =
            updates.iter().map(|update| UpdateIdentity { update_id: id(*update), revision_number: number(1) });
        self.0.revision.relations.bundled.push(Bundle { members: members.collect() });
        self
    }

    pub(crate) fn supersedes(mut self, update: u32) -> Self {
        self.0.revision.relations.superseded.push(id(update));
        self
    }

    pub(crate) fn entry(&self) -> CatalogEntry {
        self.0.clone()
    }
}

pub(crate) fn source(made: &[Made]) -> Source {
    let group = |id, name: &str, parent| Group { id, name: name.parse().unwrap(), parent };
    let all = TargetGroupId::ALL_COMPUTERS;
    let groups = vec![
        group(all, "All Computers", None),
        group(TargetGroupId::UNASSIGNED_COMPUTERS, "Unassigned Computers", Some(all)),
        group(PILOT, "Pilot", Some(all)),
    ];
    Source {
        entries: made.iter().map(Made::entry).collect(),
        declined: Vec::new(),
        approvals: Vec::new(),
        groups: GroupTree::new(groups).unwrap(),
        mark: ChangeMark(100),
    }
}

pub(crate) fn snapshot(made: &[Made]) -> Snapshot {
    Snapshot::build(source(made))
}

pub(crate) fn declined(mut source: Source, updates: &[u32]) -> Source {
    source.declined.extend(updates.iter().map(|update| Declined { update_id: id(*update), changed: ChangeMark(50) }));
    source
}

/// Adds an approval, made at mark 60 with the next free id.
pub(crate) fn approved(mut source: Source, update: u32, group: TargetGroupId, action: ApprovalAction) -> Source {
    source.approvals.push(Approval {
        id: DeploymentId(i32::try_from(source.approvals.len()).unwrap() + 1),
        update_id: id(update),
        group,
        action,
        deadline: None,
        changed_at: Timestamp::from_second(60).unwrap(),
        changed: ChangeMark(60),
    });
    source
}

pub(crate) fn pilots(snapshot: &Snapshot) -> GroupSet {
    GroupSet::new(snapshot.groups(), [PILOT])
}
