use model::UpdateId;

use super::base::{Base, with_texts};
use super::{Profile, Shape, draw};
use crate::documents::{Draft, Rule};
use crate::random::Random;

/// Lengths of streams of superseding bundles, as (per mille, low, high).
const STREAM_LENGTHS: [(usize, usize, usize); 5] = [(700, 1, 1), (180, 2, 6), (90, 7, 24), (25, 25, 60), (5, 61, 250)];
/// Children of a bundle.
const BUNDLE_SIZES: [(usize, usize, usize); 5] = [(370, 1, 1), (350, 2, 4), (220, 5, 12), (50, 13, 40), (10, 61, 124)];
/// Bytes of component data; see [`Profile::RealSizes`].
const CBS_BYTES: [(usize, usize, usize); 3] =
    [(500, 50_000, 167_000), (450, 167_000, 800_000), (50, 800_000, 4_000_000)];
/// The largest component data of a real store.
const CBS_BYTES_MAX: usize = 46_900_000;
/// Which leaf with component data has that much, and each so many behind it.
const CBS_LARGEST_AT: usize = 50;
const CBS_LARGEST_EACH: usize = 2_000;

/// Bundles with their leaves, in streams of which each bundle supersedes those before it.
pub(super) struct Software {
    random: Random,
    profile: Profile,
    left: usize,
    made: usize,
    total: usize,
    common_total: usize,
    common_made: usize,
    cbs_made: usize,
    stream: Stream,
}

#[derive(Default)]
struct Stream {
    left: usize,
    bundles: Vec<UpdateId>,
    is_common: bool,
    product: usize,
    classification: Option<UpdateId>,
}

impl Software {
    pub(super) fn new(shape: &Shape, base: &Base) -> Self {
        let total = base.software_count();
        Self {
            random: Random::new(shape.seed ^ 0x50f7),
            profile: shape.profile,
            left: total,
            made: 0,
            total,
            common_total: base.common_software_count(),
            common_made: 0,
            cbs_made: 0,
            stream: Stream::default(),
        }
    }

    /// The next bundle behind its leaves; nothing when enough are made.
    pub(super) fn next(&mut self, base: &Base) -> Vec<Draft> {
        if self.left == 0 {
            return Vec::new();
        }
        if self.stream.left == 0 {
            // Spread evenly, so that the share is met although a few streams are very long.
            let is_common = self.common_made * self.total <= (self.total - self.left) * self.common_total;
            self.stream = Stream {
                left: draw(&mut self.random, &STREAM_LENGTHS),
                bundles: Vec::new(),
                is_common,
                product: base.product(&mut self.random, is_common),
                classification: Some(base.classification(&mut self.random)),
            };
        }
        let size = draw(&mut self.random, &BUNDLE_SIZES).min(self.left.saturating_sub(1).max(1));
        let build = base.build(&mut self.random);
        let mut drafts: Vec<Draft> = (0..size).map(|_| self.leaf(base, build)).collect();
        // The very last leaf of a catalog may have no room left for a bundle around it.
        if size < self.left {
            drafts.push(self.bundle(base, build, &drafts));
        }
        self.left -= drafts.len();
        self.common_made += if self.stream.is_common { drafts.len() } else { 0 };
        drafts
    }

    fn leaf(&mut self, base: &Base, build: UpdateId) -> Draft {
        self.made += 1;
        let name = base.name("leaf", self.made);
        let key = "SOFTWARE\\Contoso\\Leaves";
        let random = &mut self.random;
        let draft = match random.below(100) {
            0..54 => Draft::command_line(&name)
                .running("update.exe", "/quiet")
                .promising_file(&format!("{name}.exe"), 200_000 + random.number() % 12_000_000)
                .installed_when(Rule::registry_text(key, &name, "1")),
            54..76 => {
                let draft = Draft::cbs(&name, &format!("Estate-{}", self.made), "amd64", "10.0.1.1")
                    .promising_file(&format!("{name}.cab"), 40_000_000 + random.number() % 440_000_000);
                self.cbs_made += 1;
                match self.profile {
                    Profile::Lean => draft,
                    Profile::RealSizes if self.cbs_made % CBS_LARGEST_EACH == CBS_LARGEST_AT => {
                        draft.padded_to(CBS_BYTES_MAX)
                    }
                    Profile::RealSizes => draft.padded_to(draw(random, &CBS_BYTES)),
                }
            }
            76..98 => msi(&name, random),
            _ => {
                let draft = Draft::os_installer(&name).installed_when(Rule::registry_text(key, &name, "1"));
                (0..13).fold(draft, |draft, file| {
                    draft.promising_file(&format!("{name}-{file}.wim"), 100_000_000 + random.number() % 1_000_000_000)
                })
            }
        };
        let fact = base.fact(self.stream.product);
        let draft = draft.requires(base.architecture(random)).requires(build).requires(fact);
        let other = base.fact(base.product(random, true));
        if random.chance(40) { draft.requires_any([fact, other]) } else { draft }
    }

    fn bundle(&mut self, base: &Base, build: UpdateId, leaves: &[Draft]) -> Draft {
        self.made += 1;
        let random = &mut self.random;
        let title = base.name("bundle", self.made);
        let languages = if self.profile == Profile::RealSizes { random.between(1, 36) } else { 1 };
        let draft = with_texts(Draft::bundle(&title), &title, languages)
            .kb(&(8_000_000 + self.made).to_string())
            .superseding(self.stream.bundles.iter().copied())
            .requires(build)
            .in_category(self.stream.classification)
            .in_category([base.id("product", self.stream.product)]);
        let draft = if random.chance(1) { draft.expired() } else { draft };
        let draft = if random.chance(50) { draft.rated("Important").cves(["CVE-2026-20001"]) } else { draft };
        self.stream.bundles.push(draft.id());
        self.stream.left -= 1;
        // Small bundles take in each child for itself, large ones alternatives in up to four clauses.
        let clause = if leaves.len() <= 4 { 1 } else { leaves.len().div_ceil(random.between(1, 4)) };
        leaves.chunks(clause).fold(draft, |draft, leaves| draft.bundling(leaves.iter().map(Draft::identity)))
    }
}

/// Product tests are the most frequent expressions of all: several in each.
fn msi(name: &str, random: &mut Random) -> Draft {
    let mut product = || format!("{{{:08x}-0000-0000-0000-{:012x}}}", random.number() >> 32, random.number() >> 16);
    let code = product();
    let others = (0..6).map(|_| Rule::msi_product(&product(), Some("16.0.4266.1001")));
    let installable = Rule::any(others.collect::<Vec<_>>());
    Draft::msi(name, &code, "product.msi")
        .promising_file(&format!("{name}.msi"), 5_000_000)
        .installable_when(installable)
}
