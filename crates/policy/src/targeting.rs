//! Which groups a computer is in.

use model::TargetGroupId;

use crate::{GroupSet, GroupTree};

/// Names read of a client's request; those behind are ignored.
pub const REQUESTED_NAMES_MAX: usize = 64;

/// Who says which groups a computer is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Targeting {
    /// The administrator, on the server.
    Server,
    /// The computer, by the group names its own policy requests.
    Client,
}

/// The groups a computer is in, and what was asked for in vain.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Membership {
    /// Its groups.
    pub groups: GroupSet,
    /// With client-side targeting: names it requested that no group has.
    pub unknown: Vec<String>,
}

/// Resolves the groups of a computer.
///
/// With [`Targeting::Server`] these are `assigned`, and what the computer requests is ignored; with
/// [`Targeting::Client`] these are the groups among `requested` (names joined by `;`, in any letter
/// case, at most [`REQUESTED_NAMES_MAX`]) that exist, and `assigned` is ignored. If nothing is left
/// it is in Unassigned Computers.
///
/// Source: MS-WUSP 3.1.5.3; native-behaviour C5.
pub fn membership(
    tree: &GroupTree,
    targeting: Targeting,
    assigned: &[TargetGroupId],
    requested: Option<&str>,
) -> Membership {
    match targeting {
        Targeting::Server => Membership { groups: GroupSet::new(tree, assigned.iter().copied()), unknown: Vec::new() },
        Targeting::Client => by_request(tree, requested.unwrap_or_default()),
    }
}

fn by_request(tree: &GroupTree, requested: &str) -> Membership {
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    let names = requested.split(';').map(str::trim).filter(|name| !name.is_empty());
    for name in names.take(REQUESTED_NAMES_MAX) {
        match tree.by_name(name) {
            Some(group) => known.push(group.id),
            None => unknown.push(name.chars().take(256).collect()),
        }
    }
    Membership { groups: GroupSet::new(tree, known), unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::tests::{PARIS, PILOT, id, tree};

    #[test]
    fn the_administrator_decides_unless_client_side_targeting_is_on() {
        let tree = tree();
        let server = membership(&tree, Targeting::Server, &[id(PARIS)], Some("Pilot"));
        assert_eq!(server.groups.explicit(), [id(PARIS)]);
        let client = membership(&tree, Targeting::Client, &[id(PARIS)], Some("Pilot"));
        assert_eq!(client.groups.explicit(), [id(PILOT)]);
    }

    #[test]
    fn several_names_are_joined_by_semicolons_and_compared_without_case() {
        let found = membership(&tree(), Targeting::Client, &[], Some(" pilot;;PARIS ; Lyon"));
        assert_eq!(found.groups.explicit(), [id(PARIS), id(PILOT)]);
        assert_eq!(found.unknown, ["Lyon"]);
    }

    #[test]
    fn a_computer_that_matches_nothing_is_unassigned() {
        for requested in [None, Some(""), Some(";"), Some("Lyon"), Some("All Computers")] {
            let found = membership(&tree(), Targeting::Client, &[id(PARIS)], requested);
            assert_eq!(found.groups, GroupSet::unassigned(), "{requested:?}");
        }
        assert_eq!(membership(&tree(), Targeting::Server, &[id(99)], None).groups, GroupSet::unassigned());
    }

    #[test]
    fn a_flood_of_names_is_cut() {
        let found = membership(&tree(), Targeting::Client, &[], Some(&"x;".repeat(100_000)));
        assert_eq!(found.unknown.len(), REQUESTED_NAMES_MAX);
    }
}
