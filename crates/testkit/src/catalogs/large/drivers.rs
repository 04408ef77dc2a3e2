use jiff::ToSpan as _;
use jiff::civil::date;
use model::DriverVersion;
use uuid::Uuid;

use super::base::Base;
use super::{Shape, draw};
use crate::documents::{Draft, DriverFacts};
use crate::random::Random;

/// Hardware ids of a family of drivers, as (per mille, low, high).
const HARDWARE_IDS: [(usize, usize, usize); 4] = [(450, 1, 1), (390, 2, 5), (130, 6, 20), (30, 21, 80)];
/// Versions of a family.
const VERSIONS: [(usize, usize, usize); 4] = [(400, 1, 1), (350, 2, 5), (200, 6, 15), (50, 16, 40)];
const CLASSES: [&str; 8] =
    ["Video", "Sound", "Printers", "Networking", "Input Devices", "Storage", "Cameras", "Other Hardware"];

/// Driver packages in families: the same devices, one version after the other.
pub(super) struct Drivers {
    random: Random,
    left: usize,
    made: usize,
    family: Option<Family>,
}

struct Family {
    number: usize,
    versions_left: usize,
    version: u64,
    class: &'static str,
    hardware_ids: usize,
    score: Option<u8>,
    computers: Vec<Uuid>,
    architecture: model::UpdateId,
    build: model::UpdateId,
    product: usize,
}

impl Drivers {
    pub(super) fn new(shape: &Shape, count: usize) -> Self {
        Self { random: Random::new(shape.seed ^ 0xd21e), left: count, made: 0, family: None }
    }

    pub(super) fn next(&mut self, base: &Base) -> Option<Draft> {
        self.left = self.left.checked_sub(1)?;
        self.made += 1;
        let mut family = match self.family.take() {
            Some(family) => family,
            None => self.family(base),
        };
        let draft = family.draft(base, self.made);
        family.versions_left -= 1;
        family.version += 1;
        self.family = (family.versions_left > 0).then_some(family);
        Some(draft)
    }

    fn family(&mut self, base: &Base) -> Family {
        let random = &mut self.random;
        let computers = if random.chance(35) { random.between(1, 10) } else { 0 };
        Family {
            number: self.made,
            versions_left: draw(random, &VERSIONS),
            version: 1,
            class: CLASSES.get(random.below(CLASSES.len())).copied().unwrap_or("Other Hardware"),
            hardware_ids: draw(random, &HARDWARE_IDS),
            score: random.chance(85).then(|| random.number().to_le_bytes()[0]),
            computers: (0..computers).map(|_| computer(random.below(5_000))).collect(),
            architecture: base.architecture(random),
            build: base.build(random),
            // Drivers are for systems, which are common products.
            product: base.product(random, true),
        }
    }
}

impl Family {
    fn draft(&self, base: &Base, number: usize) -> Draft {
        let days = i64::try_from(self.version * 37).unwrap_or(0);
        let facts = DriverFacts {
            class: self.class,
            maker: format!("Fabrikam {}", self.number % 50),
            model: format!("Device {}", self.number),
            date: date(2018, 1, 1).saturating_add(days.days()),
            version: DriverVersion(10 << 48 | self.version << 32),
        };
        let mut draft = Draft::driver(&base.name("driver", number), facts)
            .promising_file(&format!("{}.cab", base.name("driver", number)), 531_141)
            .requires_any(base.languages())
            .requires(self.architecture)
            .requires(self.build)
            .in_category([base.id("classification", 0)])
            .in_category([base.id("product", self.product)]);
        for device in 0..self.hardware_ids {
            draft = draft.matching(&hardware_id(self.number, device)).for_computers(self.computers.iter().copied());
            if let Some(score) = self.score {
                draft = draft.scored("amd64.10.0", score);
            }
        }
        draft
    }
}

/// The id of a family's device; neighbouring families share some devices, so that the best of several must be found.
fn hardware_id(family: usize, device: usize) -> String {
    let vendor = family / 3 % 0xffff;
    format!("PCI\\VEN_{vendor:04X}&DEV_{device:04X}")
}

fn computer(number: usize) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("https://contoso.example/computers/{number}").as_bytes())
}
