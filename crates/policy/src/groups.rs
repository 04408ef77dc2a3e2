use std::collections::{BTreeSet, HashMap};

use model::{Group, GroupName, TargetGroupId};

/// All target groups of this server: one tree below All Computers.
///
/// INVARIANT: one root, All Computers; Unassigned Computers directly below it; every other group's
/// parent is in the tree and no group is its own ancestor; names are unique without regard to case.
#[derive(Clone, Debug)]
pub struct GroupTree {
    groups: Vec<Group>,
    places: HashMap<TargetGroupId, Place>,
    by_name: HashMap<String, TargetGroupId>,
}

/// Where a group stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Its position in `groups`.
    position: usize,
    /// Steps below All Computers.
    depth: usize,
}

/// Groups that do not form the tree they must.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupTreeError {
    /// A built-in group is absent.
    #[error("the built-in group {0} is absent")]
    BuiltInMissing(TargetGroupId),
    /// A built-in group is not in its place.
    #[error(
        "the built-in group {0} is not in its place: All Computers is the root, Unassigned Computers directly below"
    )]
    BuiltInMoved(TargetGroupId),
    /// Another group than All Computers has no parent.
    #[error("group {0} has no parent; only All Computers may stand alone")]
    Parentless(TargetGroupId),
    /// A group's parent is not there.
    #[error("the parent {parent} of group {group} does not exist")]
    UnknownParent {
        /// The group.
        group: TargetGroupId,
        /// What it names as parent.
        parent: TargetGroupId,
    },
    /// Two groups have the same id.
    #[error("two groups have the id {0}")]
    RepeatedId(TargetGroupId),
    /// Two groups have the same name, letter case apart.
    #[error("two groups are named {0:?}; names must differ in more than letter case")]
    RepeatedName(GroupName),
    /// A group is below itself.
    #[error("group {0} is its own ancestor")]
    Cycle(TargetGroupId),
}

impl GroupTree {
    /// The tree that `groups`, in any order, form.
    ///
    /// # Errors
    /// [`GroupTreeError`] names the first group that breaks the tree.
    pub fn new(groups: Vec<Group>) -> Result<Self, GroupTreeError> {
        let mut parents = HashMap::with_capacity(groups.len());
        let mut by_name = HashMap::with_capacity(groups.len());
        for group in &groups {
            if parents.insert(group.id, group.parent).is_some() {
                return Err(GroupTreeError::RepeatedId(group.id));
            }
            if by_name.insert(group.name.folded(), group.id).is_some() {
                return Err(GroupTreeError::RepeatedName(group.name.clone()));
            }
        }
        check_built_in(&parents)?;

        let mut placed = Vec::with_capacity(groups.len());
        for group in groups {
            placed.push((depth(&group, &parents)?, group));
        }
        placed.sort_by_cached_key(|(depth, group)| (*depth, group.name.folded()));
        let places = placed
            .iter()
            .enumerate()
            .map(|(position, (depth, group))| (group.id, Place { position, depth: *depth }))
            .collect();
        Ok(Self { groups: placed.into_iter().map(|(_, group)| group).collect(), places, by_name })
    }

    /// Every group, by depth, then by name; All Computers comes first.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The group with that id.
    pub fn group(&self, id: TargetGroupId) -> Option<&Group> {
        self.groups.get(self.places.get(&id)?.position)
    }

    /// The group with that name, without regard to case or white space around it.
    pub fn by_name(&self, name: &str) -> Option<&Group> {
        self.group(*self.by_name.get(&name.trim().to_lowercase())?)
    }

    /// Steps below All Computers, which is at 0; `None` for a group that does not exist.
    pub fn depth(&self, id: TargetGroupId) -> Option<usize> {
        self.places.get(&id).map(|place| place.depth)
    }

    /// The groups from All Computers down to and with `id`; empty for a group that does not exist.
    pub fn chain(&self, id: TargetGroupId) -> Vec<TargetGroupId> {
        let mut chain: Vec<_> = self.upwards(id).collect();
        chain.reverse();
        chain
    }

    /// Every group below `id`, itself excluded, nearer ones first.
    pub fn descendants(&self, id: TargetGroupId) -> Vec<TargetGroupId> {
        let below = |group: &&Group| group.id != id && self.upwards(group.id).any(|ancestor| ancestor == id);
        self.groups.iter().filter(below).map(|group| group.id).collect()
    }

    /// `id`, its parent, and so on up to All Computers.
    fn upwards(&self, id: TargetGroupId) -> impl Iterator<Item = TargetGroupId> {
        std::iter::successors(self.group(id), |group| self.group(group.parent?)).map(|group| group.id)
    }
}

fn check_built_in(parents: &HashMap<TargetGroupId, Option<TargetGroupId>>) -> Result<(), GroupTreeError> {
    let root = TargetGroupId::ALL_COMPUTERS;
    for (id, place) in [(root, None), (TargetGroupId::UNASSIGNED_COMPUTERS, Some(root))] {
        match parents.get(&id) {
            None => return Err(GroupTreeError::BuiltInMissing(id)),
            Some(parent) if *parent != place => return Err(GroupTreeError::BuiltInMoved(id)),
            Some(_) => {}
        }
    }
    Ok(())
}

fn depth(group: &Group, parents: &HashMap<TargetGroupId, Option<TargetGroupId>>) -> Result<usize, GroupTreeError> {
    let mut depth = 0;
    let mut id = group.id;
    while id != TargetGroupId::ALL_COMPUTERS {
        let parent = parents.get(&id).copied().flatten().ok_or(GroupTreeError::Parentless(id))?;
        if !parents.contains_key(&parent) {
            return Err(GroupTreeError::UnknownParent { group: id, parent });
        }
        depth += 1;
        if depth > parents.len() {
            return Err(GroupTreeError::Cycle(group.id));
        }
        id = parent;
    }
    Ok(depth)
}

/// The groups a computer was put into, in canonical form: what decides which approvals count for it.
///
/// INVARIANT: sorted, without repeats, without a group that is above another one of the set, never
/// empty: a computer in no group is in Unassigned Computers. Two computers that are treated alike have
/// equal sets. It belongs to the tree it was made with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct GroupSet(Box<[TargetGroupId]>);

impl GroupSet {
    /// The set of `groups`, in any order; those that are not in the tree are left out.
    pub fn new(tree: &GroupTree, groups: impl IntoIterator<Item = TargetGroupId>) -> Self {
        let mut members: BTreeSet<_> = groups.into_iter().filter(|id| tree.depth(*id).is_some()).collect();
        let above: BTreeSet<_> = members.iter().flat_map(|id| tree.upwards(*id).skip(1)).collect();
        members.retain(|id| !above.contains(id));
        members.remove(&TargetGroupId::ALL_COMPUTERS);
        if members.len() > 1 {
            members.remove(&TargetGroupId::UNASSIGNED_COMPUTERS);
        }
        if members.is_empty() {
            members.insert(TargetGroupId::UNASSIGNED_COMPUTERS);
        }
        Self(members.into_iter().collect())
    }

    /// The set of a computer that nobody assigned.
    pub fn unassigned() -> Self {
        Self(Box::new([TargetGroupId::UNASSIGNED_COMPUTERS]))
    }

    /// The groups, sorted by id.
    pub fn explicit(&self) -> &[TargetGroupId] {
        &self.0
    }

    /// True if the computer is in `group`, be it through a group below.
    pub fn is_in(&self, tree: &GroupTree, group: TargetGroupId) -> bool {
        self.0.iter().any(|member| tree.upwards(*member).any(|id| id == group))
    }

    /// A number for the groups and their place in the tree: equal on every server and after every
    /// restart, different once a computer's groups, or the groups above them, have changed.
    ///
    /// A cookie carries it: approvals that begin or cease to count because of such a change have
    /// no mark of their own. FNV-1a over the chain of each group, root first; not a secret.
    pub fn digest(&self, tree: &GroupTree) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut eat = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        for member in &self.0 {
            for id in tree.chain(*member) {
                id.0.as_bytes().iter().copied().for_each(&mut eat);
            }
            eat(0xff);
        }
        hash
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const FRANCE: u128 = 1;
    pub(crate) const PARIS: u128 = 2;
    pub(crate) const PILOT: u128 = 3;

    pub(crate) fn id(number: u128) -> TargetGroupId {
        format!("{number:032x}").parse().unwrap()
    }

    fn group(id: TargetGroupId, name: &str, parent: Option<TargetGroupId>) -> Group {
        Group { id, name: name.parse().unwrap(), parent }
    }

    fn built_in() -> Vec<Group> {
        vec![
            group(TargetGroupId::UNASSIGNED_COMPUTERS, "Unassigned Computers", Some(TargetGroupId::ALL_COMPUTERS)),
            group(TargetGroupId::ALL_COMPUTERS, "All Computers", None),
        ]
    }

    /// All Computers > (France > Paris), Pilot, Unassigned Computers.
    pub(crate) fn tree() -> GroupTree {
        let mut groups = built_in();
        groups.push(group(id(PARIS), "Paris", Some(id(FRANCE))));
        groups.push(group(id(FRANCE), "France", Some(TargetGroupId::ALL_COMPUTERS)));
        groups.push(group(id(PILOT), "Pilot", Some(TargetGroupId::ALL_COMPUTERS)));
        GroupTree::new(groups).unwrap()
    }

    #[test]
    fn a_chain_runs_from_the_root_down() {
        let tree = tree();
        assert_eq!(tree.chain(id(PARIS)), [TargetGroupId::ALL_COMPUTERS, id(FRANCE), id(PARIS)]);
        assert_eq!(tree.chain(TargetGroupId::ALL_COMPUTERS), [TargetGroupId::ALL_COMPUTERS]);
        assert!(tree.chain(id(99)).is_empty());
        assert_eq!(tree.depth(id(PARIS)), Some(2));
        assert_eq!(tree.descendants(id(FRANCE)), [id(PARIS)]);
        assert_eq!(tree.descendants(TargetGroupId::ALL_COMPUTERS).len(), 4);
        assert_eq!(tree.groups()[0].id, TargetGroupId::ALL_COMPUTERS);
    }

    #[test]
    fn groups_are_found_by_name_without_case() {
        assert_eq!(tree().by_name(" pARIS ").unwrap().id, id(PARIS));
        assert!(tree().by_name("Lyon").is_none());
    }

    #[test]
    fn groups_that_form_no_tree_are_refused_by_name() {
        let with = |extra: Vec<Group>| GroupTree::new(built_in().into_iter().chain(extra).collect()).unwrap_err();
        assert_eq!(with(vec![group(id(1), "A", None)]), GroupTreeError::Parentless(id(1)));
        assert_eq!(
            with(vec![group(id(1), "A", Some(id(2)))]),
            GroupTreeError::UnknownParent { group: id(1), parent: id(2) }
        );
        assert_eq!(
            with(vec![group(id(1), "A", Some(id(2))), group(id(2), "B", Some(id(1)))]),
            GroupTreeError::Cycle(id(1))
        );
        assert_eq!(with(vec![group(id(1), "A", Some(id(1)))]), GroupTreeError::Cycle(id(1)));
        let below = Some(TargetGroupId::ALL_COMPUTERS);
        assert_eq!(
            with(vec![group(id(1), "pilot", below), group(id(2), "PILOT", below)]),
            GroupTreeError::RepeatedName("pilot".parse().unwrap())
        );
        assert_eq!(with(vec![group(id(1), "A", below), group(id(1), "B", below)]), GroupTreeError::RepeatedId(id(1)));
    }

    #[test]
    fn the_built_in_groups_must_be_in_their_place() {
        let mut groups = built_in();
        groups.remove(0);
        let missing = GroupTreeError::BuiltInMissing(TargetGroupId::UNASSIGNED_COMPUTERS);
        assert_eq!(GroupTree::new(groups).unwrap_err(), missing);
        let mut groups = built_in();
        groups[0].parent = None;
        let moved = GroupTreeError::BuiltInMoved(TargetGroupId::UNASSIGNED_COMPUTERS);
        assert_eq!(GroupTree::new(groups).unwrap_err(), moved);
    }

    #[test]
    fn a_set_is_canonical() {
        let tree = tree();
        let set = |ids: &[u128]| GroupSet::new(&tree, ids.iter().map(|number| id(*number)));
        assert_eq!(set(&[PILOT, PARIS, PARIS, FRANCE, 99]), set(&[PARIS, PILOT]));
        assert_eq!(set(&[]), GroupSet::unassigned());
        let all = [TargetGroupId::ALL_COMPUTERS, TargetGroupId::UNASSIGNED_COMPUTERS];
        assert_eq!(GroupSet::new(&tree, all), GroupSet::unassigned());
        assert_eq!(GroupSet::new(&tree, all.into_iter().chain([id(PILOT)])), set(&[PILOT]));
        assert!(set(&[PARIS]).is_in(&tree, id(FRANCE)));
        assert!(!set(&[PARIS]).is_in(&tree, id(PILOT)));
    }

    #[test]
    fn a_digest_is_the_same_for_ever_and_changes_with_the_tree() {
        let tree = tree();
        let paris = GroupSet::new(&tree, [id(PARIS)]);
        assert_eq!(GroupSet::unassigned().digest(&tree), 0x317d_d149_5448_0407);
        assert_ne!(paris.digest(&tree), GroupSet::new(&tree, [id(PILOT)]).digest(&tree));

        let mut moved = tree.groups().to_vec();
        moved.iter_mut().find(|group| group.id == id(FRANCE)).unwrap().parent = Some(id(PILOT));
        assert_ne!(paris.digest(&tree), paris.digest(&GroupTree::new(moved).unwrap()));
    }
}
