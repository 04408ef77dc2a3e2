use std::collections::VecDeque;

use model::UpdateId;

use crate::documents::Draft;
use crate::random::Random;

mod base;
mod drivers;
mod software;

use base::Base;
use drivers::Drivers;
use software::Software;

/// How large a catalog is and how it looks.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many revisions; the benchmark catalog has 500,000. At least 100 are made.
    pub revisions: usize,
    /// The same seed gives the same catalog.
    pub seed: u64,
    /// How heavy single documents are.
    pub profile: Profile,
}

/// How heavy single documents are; relations are the same in either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Little text, and component data of a few hundred bytes: for catalogs, scans and lists.
    Lean,
    /// Texts in many languages and component data as large as real ones, up to 46 MB: for imports.
    RealSizes,
}

impl Default for Shape {
    fn default() -> Self {
        Self { revisions: 2_000, seed: 1, profile: Profile::Lean }
    }
}

/// A catalog of that shape, one revision after the other; prerequisites and children come before what names them.
///
/// Shares and distributions are those of `catalog-scale.md` §2 and §4. Content files are only spoken of.
/// Time and memory per revision do not grow with the catalog. Take [`Draft::revision`] for the catalog's
/// part alone, [`Draft::finish`] for the document.
pub fn large(shape: Shape) -> Large {
    let base = Base::new(&shape);
    Large {
        ready: base.drafts().into(),
        software: Software::new(&shape, base.software_count()),
        drivers: Drivers::new(&shape, base.driver_count()),
        base,
    }
}

/// The iterator behind [`large`].
pub struct Large {
    base: Base,
    ready: VecDeque<Draft>,
    software: Software,
    drivers: Drivers,
}

impl Large {
    /// The updates that are installed and not leaves on a usual computer: about 90, as a real Windows 11 reports.
    pub fn typical_installed(&self) -> Vec<UpdateId> {
        self.base.typical_installed()
    }
}

impl Iterator for Large {
    type Item = Draft;

    fn next(&mut self) -> Option<Draft> {
        if self.ready.is_empty() {
            self.ready.extend(self.software.next(&self.base));
        }
        self.ready.pop_front().or_else(|| self.drivers.next(&self.base))
    }
}

/// Draws from bands of (percent, low, high); the last band takes what is left.
fn draw(random: &mut Random, bands: &[(usize, usize, usize)]) -> usize {
    let mut ticket = random.below(100);
    for (percent, low, high) in bands {
        if ticket < *percent {
            return random.between(*low, *high);
        }
        ticket -= percent;
    }
    bands.last().map_or(0, |(_, low, high)| random.between(*low, *high))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use model::UpdateType;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_catalog_and_another_seed_another() {
        let documents = |seed| {
            let drafts = large(Shape { revisions: 300, seed, ..Shape::default() });
            drafts.map(|draft| draft.finish().document).collect::<Vec<_>>()
        };
        assert_eq!(documents(3), documents(3));
        assert_ne!(documents(3), documents(4));
    }

    #[test]
    fn a_catalog_has_the_size_asked_for_and_names_only_what_came_before() {
        for revisions in [100, 999, 4_000] {
            let mut seen = HashSet::new();
            let mut bundled = HashSet::new();
            let mut count = 0;
            for draft in large(Shape { revisions, ..Shape::default() }) {
                let revision = draft.revision();
                for member in revision.relations.prerequisites.iter().flat_map(|clause| &clause.members) {
                    assert!(seen.contains(member), "{member} is named before it comes");
                }
                for child in revision.relations.bundled.iter().flat_map(|bundle| &bundle.members) {
                    assert!(seen.contains(&child.update_id));
                    bundled.insert(child.update_id);
                }
                assert!(seen.insert(revision.identity.update_id), "{} comes twice", revision.identity);
                count += 1;
            }
            assert_eq!(count, revisions);
            assert!(!bundled.is_empty());
        }
    }

    #[test]
    fn shares_are_those_of_the_benchmark_catalog() {
        let revisions = 40_000;
        let drafts: Vec<_> = large(Shape { revisions, ..Shape::default() }).map(|draft| draft.revision()).collect();
        let share = |count: usize| count * 1000 / revisions;
        let of_type = |kind| drafts.iter().filter(|draft| draft.update_type == kind).count();
        assert!(share(of_type(UpdateType::Driver)).abs_diff(250) <= 2);
        let bundles = drafts.iter().filter(|draft| !draft.relations.bundled.is_empty()).count();
        assert!((100..=140).contains(&share(bundles)), "{bundles} bundles");
        let rows: usize = drafts.iter().map(|draft| draft.drivers.len()).sum();
        assert!((40..=56).contains(&(rows * 10 / of_type(UpdateType::Driver))), "{rows} hardware ids");
        let longest = drafts.iter().map(|draft| draft.relations.superseded.len()).max();
        assert!(longest.is_some_and(|longest| (60..=250).contains(&longest)), "{longest:?} superseded");
    }

    #[test]
    fn a_usual_computer_has_about_ninety_updates_that_are_no_leaves() {
        let catalog = large(Shape { revisions: 20_000, ..Shape::default() });
        let installed = catalog.typical_installed();
        assert!((60..=110).contains(&installed.len()), "{}", installed.len());
        let ids: HashSet<_> = catalog.map(|draft| draft.id()).collect();
        assert!(installed.iter().all(|id| ids.contains(id)));
    }
}
