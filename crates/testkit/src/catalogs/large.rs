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
    /// How many revisions, categories and detectoids included. At least 100 are made.
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

impl Shape {
    /// `updates` updates, and on top of them the categories and detectoids they come with: 4,270 from 20,000 updates
    /// on, as every catalog of Microsoft's has, and fewer where a catalog is smaller.
    pub fn with_updates(updates: usize, seed: u64, profile: Profile) -> Self {
        let base = updates * base::FULL / base::FULL_FROM;
        Self { revisions: updates + base.min(base::FULL), seed, profile }
    }
}

impl Default for Shape {
    fn default() -> Self {
        Self { revisions: 2_000, seed: 1, profile: Profile::Lean }
    }
}

/// A catalog of that shape, one revision after the other; prerequisites and children come before what names them.
///
/// A larger catalog has more about products that a given computer has not, while what there is for its own products
/// stays as it is from 20,000 updates on: about 5,000 revisions concern it. Content files are only spoken of.
/// Time and memory per revision do not grow with the catalog. Take [`Draft::revision`] for the catalog's
/// part alone, [`Draft::finish`] for the document.
pub fn large(shape: Shape) -> Large {
    let base = Base::new(&shape);
    Large {
        ready: base.drafts().into(),
        software: Software::new(&shape, &base),
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
    /// The updates that are installed and not leaves on a computer of that build: about 90, as a real Windows 11
    /// reports. Builds differ in language, in age and in a third of their products; the first 40 are all different.
    pub fn installed(&self, build: usize) -> Vec<UpdateId> {
        self.base.installed(build)
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

/// Draws from bands of (per mille, low, high); the last band takes what is left.
fn draw(random: &mut Random, bands: &[(usize, usize, usize)]) -> usize {
    let mut ticket = random.below(1_000);
    for (share, low, high) in bands {
        if ticket < *share {
            return random.between(*low, *high);
        }
        ticket -= share;
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
        let updates = 40_000;
        let shape = Shape::with_updates(updates, 1, Profile::Lean);
        let drafts: Vec<_> = large(shape).map(|draft| draft.revision()).collect();
        let share = |count: usize| count * 1000 / updates;
        let of_type = |kind| drafts.iter().filter(|draft| draft.update_type == kind).count();
        assert_eq!(of_type(UpdateType::Driver), updates / 4);
        assert_eq!((of_type(UpdateType::Category), of_type(UpdateType::Detectoid)), (470, 3_800));
        let bundles = drafts.iter().filter(|draft| !draft.relations.bundled.is_empty()).count();
        assert!((100..=140).contains(&share(bundles)), "{bundles} bundles");
        let rows: usize = drafts.iter().map(|draft| draft.drivers.len()).sum();
        assert!((40..=56).contains(&(rows * 10 / of_type(UpdateType::Driver))), "{rows} hardware ids");
        let superseding = || drafts.iter().map(|draft| draft.relations.superseded.len()).filter(|edges| *edges > 0);
        let mean = superseding().sum::<usize>() / superseding().count();
        assert!((18..=36).contains(&mean), "{mean} superseded");
        assert!(superseding().max().is_some_and(|longest| (60..=250).contains(&longest)));
    }

    #[test]
    fn few_updates_come_with_few_categories_and_detectoids() {
        let of_base = |updates| Shape::with_updates(updates, 1, Profile::Lean).revisions - updates;
        assert_eq!([of_base(2_000), of_base(20_000), of_base(500_000)], [427, 4_270, 4_270]);
    }

    /// How many revisions a computer of that build is told of, and how many of them it has installed.
    fn told(shape: Shape, build: usize) -> (usize, usize) {
        let catalog = large(shape);
        let installed: HashSet<UpdateId> = catalog.installed(build).into_iter().collect();
        let (mut told, mut has) = (0, 0);
        for draft in catalog {
            let clauses = draft.revision().relations.prerequisites;
            let is_met = |clause: &model::Clause| clause.members.iter().any(|member| installed.contains(member));
            if draft.revision().update_type != UpdateType::Driver && clauses.iter().all(is_met) {
                told += 1;
                has += usize::from(installed.contains(&draft.id()));
            }
        }
        (told, has)
    }

    #[test]
    fn as_much_concerns_a_computer_in_a_larger_catalog() {
        for updates in [20_000, 40_000] {
            let shape = Shape::with_updates(updates, 1, Profile::Lean);
            for build in [0, 39] {
                let (told, has) = told(shape, build);
                assert!((4_500..=5_600).contains(&told), "{told} of {updates}");
                assert!((80..=100).contains(&has), "{has} installed");
                assert_eq!(has, large(shape).installed(build).len(), "what is installed is told");
            }
        }
    }

    #[test]
    fn forty_builds_are_all_different() {
        let catalog = large(Shape::with_updates(20_000, 1, Profile::Lean));
        let builds: HashSet<Vec<UpdateId>> = (0..40).map(|build| catalog.installed(build)).collect();
        assert_eq!(builds.len(), 40);
    }

    #[test]
    fn a_catalog_of_real_sizes_has_one_component_manifest_of_46_mb() {
        let shape = Shape::with_updates(2_000, 1, Profile::RealSizes);
        let mut longest: Vec<usize> = large(shape).map(|draft| draft.component_bytes()).collect();
        longest.retain(|bytes| *bytes > 0);
        longest.sort_unstable();
        assert!((120_000..=220_000).contains(&longest[longest.len() / 2]), "{}", longest[longest.len() / 2]);
        assert!(longest.last().is_some_and(|longest| *longest >= 46_000_000));
    }
}
