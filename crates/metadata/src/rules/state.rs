//! What the rules of a revision mean for a computer (metadata.md §4.1), and what those of its
//! children mean for a bundle (§3.2).

use model::{Clause, UpdateId, UpdateState, UpdateType};

use super::{Truth, Verdict};

/// Where a revision stands on a computer, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applicability {
    /// Its prerequisites are not met; its rules were not asked.
    PrerequisitesNotMet,
    /// It is installed.
    Installed,
    /// Something newer is there already.
    Superseded,
    /// It can be installed.
    Needed,
    /// It can not.
    NotInstallable,
    /// A rule that decides could not be evaluated: not offered.
    Unknown,
}

impl Applicability {
    /// The state that is reported.
    pub const fn state(self) -> UpdateState {
        match self {
            Self::Installed => UpdateState::Installed,
            Self::Needed => UpdateState::Needed,
            Self::Unknown => UpdateState::Unknown,
            Self::PrerequisitesNotMet | Self::Superseded | Self::NotInstallable => UpdateState::NotApplicable,
        }
    }

    /// True for a child that counts in its bundle: installed, superseded or installable.
    pub const fn counts_in_bundle(self) -> bool {
        matches!(self, Self::Installed | Self::Superseded | Self::Needed)
    }
}

/// Whether every clause has a member that is installed.
pub fn prerequisites(clauses: &[Clause], installed: impl Fn(UpdateId) -> Truth) -> Truth {
    Truth::all(clauses.iter().map(|clause| Truth::any(clause.members.iter().map(|member| installed(*member)))))
}

/// Where a revision without children stands; what of `verdict` decides nothing may be unknown.
///
/// For categories and detectoids only `IsInstalled` counts.
pub fn state(update_type: UpdateType, prerequisites: Truth, verdict: &Verdict) -> Applicability {
    match prerequisites {
        Truth::False => return Applicability::PrerequisitesNotMet,
        Truth::Unknown => return Applicability::Unknown,
        Truth::True => {}
    }
    match verdict.is_installed {
        Truth::True => return Applicability::Installed,
        Truth::Unknown => return Applicability::Unknown,
        Truth::False if matches!(update_type, UpdateType::Category | UpdateType::Detectoid) => {
            return Applicability::NotInstallable;
        }
        Truth::False => {}
    }
    match (verdict.is_superseded, verdict.is_installable) {
        (Truth::True, _) => Applicability::Superseded,
        (_, Truth::False) => Applicability::NotInstallable,
        (Truth::False, Truth::True) => Applicability::Needed,
        (Truth::Unknown, _) | (_, Truth::Unknown) => Applicability::Unknown,
    }
}

/// Where a bundle stands, given its children by clause.
///
/// Needed if a child is; installed if there are children that count and all of those are installed.
/// A clause none of whose children counts takes no part.
pub fn bundle(prerequisites: Truth, clauses: &[Vec<Applicability>]) -> Applicability {
    match prerequisites {
        Truth::False => return Applicability::PrerequisitesNotMet,
        Truth::Unknown => return Applicability::Unknown,
        Truth::True => {}
    }
    let children = || clauses.iter().flatten().copied();
    if children().any(|child| child == Applicability::Needed) {
        return Applicability::Needed;
    }
    if children().any(|child| child == Applicability::Unknown) {
        return Applicability::Unknown;
    }
    let mut counting = children().filter(|child| child.counts_in_bundle()).peekable();
    if counting.peek().is_none() {
        Applicability::NotInstallable
    } else if counting.all(|child| child == Applicability::Installed) {
        Applicability::Installed
    } else {
        Applicability::Superseded
    }
}

/// The children to install, as (clause, alternative): those that are needed, in document order.
pub fn chosen(clauses: &[Vec<Applicability>]) -> Vec<(usize, usize)> {
    let positions = clauses.iter().enumerate().flat_map(|(clause, children)| {
        children.iter().enumerate().map(move |(alternative, child)| (clause, alternative, *child))
    });
    positions
        .filter(|(_, _, child)| *child == Applicability::Needed)
        .map(|(clause, alternative, _)| (clause, alternative))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Applicability::{Installed, Needed, NotInstallable, Superseded};

    fn verdict(is_installed: Truth, is_superseded: Truth, is_installable: Truth) -> Verdict {
        Verdict { is_installed, is_superseded, is_installable }
    }

    #[test]
    fn the_table_of_states_is_kept() {
        use Truth::{False, True, Unknown};
        let software = |prerequisites, verdict| state(UpdateType::Software, prerequisites, &verdict);
        assert_eq!(software(False, verdict(True, True, True)), Applicability::PrerequisitesNotMet);
        assert_eq!(software(True, verdict(True, True, True)), Installed);
        assert_eq!(software(True, verdict(False, True, True)), Superseded);
        assert_eq!(software(True, verdict(False, False, True)), Needed);
        assert_eq!(software(True, verdict(False, False, False)), NotInstallable);
        assert_eq!(software(True, verdict(Unknown, False, True)), Applicability::Unknown);
        assert_eq!(software(True, verdict(False, Unknown, True)), Applicability::Unknown);
    }

    #[test]
    fn an_unknown_rule_that_decides_nothing_does_not_hide_the_state() {
        use Truth::{False, True, Unknown};
        let software = |verdict| state(UpdateType::Software, True, &verdict);
        assert_eq!(software(verdict(True, Unknown, Unknown)), Installed);
        assert_eq!(software(verdict(False, True, Unknown)), Superseded);
        assert_eq!(software(verdict(False, Unknown, False)), NotInstallable);
    }

    #[test]
    fn a_detectoid_is_what_its_one_rule_says() {
        let detectoid =
            |installed| state(UpdateType::Detectoid, Truth::True, &verdict(installed, Truth::False, Truth::True));
        assert_eq!(detectoid(Truth::True), Installed);
        assert_eq!(detectoid(Truth::False), NotInstallable);
    }

    #[test]
    fn a_bundle_is_needed_as_long_as_one_child_is() {
        let of = |clauses: &[&[Applicability]]| {
            bundle(Truth::True, &clauses.iter().map(|clause| clause.to_vec()).collect::<Vec<_>>())
        };
        assert_eq!(of(&[&[Installed, Needed]]), Needed);
        assert_eq!(of(&[&[Installed, NotInstallable], &[Installed]]), Installed);
        assert_eq!(of(&[&[NotInstallable], &[Applicability::PrerequisitesNotMet]]), NotInstallable);
        assert_eq!(of(&[&[Installed], &[Superseded]]), Superseded);
        assert_eq!(of(&[&[Installed], &[Applicability::Unknown]]), Applicability::Unknown);
        assert_eq!(of(&[&[Needed], &[Applicability::Unknown]]), Needed);
        assert_eq!(of(&[]), NotInstallable);
    }

    #[test]
    fn needed_children_are_installed_in_document_order() {
        let clauses = [vec![NotInstallable, Needed], vec![Installed], vec![Needed, Needed]];
        assert_eq!(chosen(&clauses), [(0, 1), (2, 0), (2, 1)]);
    }

    #[test]
    fn prerequisites_need_one_member_of_every_clause() {
        let id = |n: u128| UpdateId(uuid::Uuid::from_u128(n));
        let clause = |ids: &[u128]| Clause { members: ids.iter().copied().map(id).collect(), is_category: false };
        let clauses = [clause(&[1, 2]), clause(&[3])];
        let with = |held: &[u128]| {
            let held: Vec<UpdateId> = held.iter().copied().map(id).collect();
            prerequisites(&clauses, |update| Truth::from(held.contains(&update)))
        };
        assert_eq!(with(&[2, 3]), Truth::True);
        assert_eq!(with(&[1, 2]), Truth::False);
        assert_eq!(prerequisites(&[], |_| Truth::False), Truth::True);
    }
}
