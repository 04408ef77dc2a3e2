use model::UpdateId;

use super::{Profile, Shape};
use crate::documents::{Architecture, Draft, Rule, update_id};
use crate::random::Random;

/// Language tags of the language detectoids; real servers have 36.
const LANGUAGES: [&str; 36] = [
    "en", "de", "fr", "es", "it", "ja", "ko", "zh-cn", "zh-tw", "zh-hk", "pt", "pt-br", "ru", "pl", "nl", "sv", "da",
    "fi", "no", "cs", "hu", "tr", "el", "he", "ar", "th", "ro", "sk", "sl", "hr", "bg", "et", "lv", "lt", "uk", "sr",
];
/// Categories and detectoids of a whole catalog of Microsoft's; they hardly grow with it.
const CATEGORIES: usize = 470;
const DETECTOIDS: usize = 3_800;
pub(super) const FULL: usize = CATEGORIES + DETECTOIDS;
/// From so many updates on a catalog has them all.
pub(super) const FULL_FROM: usize = 20_000;
/// Products that some computer of the fleet has.
const COMMON_PRODUCTS: usize = 40;
/// Software for those: more than that is for products nobody of the fleet has.
const COMMON_SOFTWARE: usize = 12_000;

/// The product tree, the classifications and the detectoids of a large catalog.
pub(super) struct Base {
    seed: u64,
    texts: usize,
    families: usize,
    classifications: usize,
    products: usize,
    languages: usize,
    builds: usize,
    facts: usize,
    software: usize,
    drivers: usize,
}

/// Architectures of the detectoids, in order of their numbers.
const ARCHITECTURES: [Architecture; 3] = [Architecture::X64, Architecture::X86, Architecture::Arm64];

impl Base {
    pub(super) fn new(shape: &Shape) -> Self {
        let revisions = shape.revisions.max(100);
        let scaled = |full: usize, least: usize| (full * revisions / (FULL + FULL_FROM)).clamp(least, full);
        let categories = scaled(CATEGORIES, 16);
        let families = (categories / 94).max(2);
        let classifications = (4 + categories / 31).min(19);
        let detectoids = scaled(DETECTOIDS, 24);
        let languages = (detectoids / 3).min(LANGUAGES.len());
        let builds = (detectoids / 8).min(60);
        let updates = revisions - categories - detectoids;
        let drivers = updates / 4;
        Self {
            seed: shape.seed,
            texts: if shape.profile == Profile::RealSizes { 24 } else { 1 },
            families,
            classifications,
            products: categories - families - classifications - 1,
            languages,
            builds,
            facts: detectoids - languages - builds - ARCHITECTURES.len(),
            software: updates - drivers,
            drivers,
        }
    }

    pub(super) fn software_count(&self) -> usize {
        self.software
    }

    /// How much of the software is for products of the fleet.
    pub(super) fn common_software_count(&self) -> usize {
        COMMON_SOFTWARE.min(self.software * 4 / 5)
    }

    pub(super) fn driver_count(&self) -> usize {
        self.drivers
    }

    pub(super) fn drafts(&self) -> Vec<Draft> {
        let company = self.named(Draft::company, "company", 0);
        let mut drafts = Vec::new();
        for number in 0..self.families {
            drafts.push(self.named(Draft::family, "family", number).in_category([company.id()]));
        }
        drafts.insert(0, company);
        for number in 0..self.classifications {
            let classification = |name: &str| Draft::classification(update_id(name), name);
            drafts.push(self.named(classification, "classification", number));
        }
        for number in 0..self.products {
            let family = self.id("family", number % self.families);
            // Every third product is detected; the others are always there.
            let rule = if number % 3 == 2 { estate(&format!("Product {number}")) } else { Rule::always() };
            drafts.push(self.named(Draft::product, "product", number).in_category([family]).installed_when(rule));
        }
        drafts.extend(self.detectoids());
        drafts
    }

    fn detectoids(&self) -> impl Iterator<Item = Draft> {
        let languages =
            LANGUAGES.iter().take(self.languages).enumerate().map(|(number, tag)| {
                Draft::detectoid(&self.name("language", number)).installed_when(Rule::language(tag))
            });
        let processors = ARCHITECTURES.iter().enumerate().map(|(number, architecture)| {
            Draft::detectoid(&self.name("architecture", number)).installed_when(Rule::processor(*architecture))
        });
        let builds = (0..self.builds).map(|number| {
            let build = 10_240 + u32::try_from(number).unwrap_or(0) * 300;
            Draft::detectoid(&self.name("build", number)).installed_when(Rule::build_at_least(build))
        });
        let facts = (0..self.facts).map(|number| {
            let fact = Draft::detectoid(&self.name("fact", number)).installed_when(estate(&format!("Fact {number}")));
            // The first fact of each product is what its updates ask for. Of the others one in eight refines an earlier
            // one, which makes the graph deeper, and the rest is told to everyone.
            match number {
                number if number < self.products => fact.in_category([self.id("product", number)]),
                number if number % 8 == 7 => fact.requires(self.id("fact", number - 1)),
                number => fact.in_category([self.id("family", number % self.families)]),
            }
        });
        languages.chain(processors).chain(builds).chain(facts)
    }

    pub(super) fn installed(&self, build: usize) -> Vec<UpdateId> {
        let common = self.common_products();
        let (always, sometimes) = (common * 2 / 5, common - common * 2 / 5);
        // A run of the others, and on a second round every fifth of them.
        let stride = if (build / sometimes).is_multiple_of(2) { 1 } else { 5 };
        let own = (0..common * 3 / 20).map(|place| always + (build + place * stride) % sometimes);
        let mut products: Vec<usize> = (0..always).chain(own).collect();
        products.sort_unstable();
        products.dedup();
        let ids = |kind: &'static str, count: usize| (0..count).map(move |number| self.id(kind, number));
        ids("company", 1)
            .chain(ids("family", self.families))
            .chain(ids("classification", self.classifications))
            .chain(products.iter().map(|number| self.id("product", *number)))
            .chain([self.id("language", build % self.languages), self.id("architecture", 0)])
            .chain(ids("build", (self.builds * 5 / 12).saturating_sub(build % 4).max(1)))
            .chain(products.iter().map(|number| self.fact(*number)))
            .collect()
    }

    pub(super) fn name(&self, kind: &str, number: usize) -> String {
        format!("Estate {} {kind} {number}", self.seed)
    }

    pub(super) fn id(&self, kind: &str, number: usize) -> UpdateId {
        update_id(&self.name(kind, number))
    }

    /// Products that some computer has; they come first.
    fn common_products(&self) -> usize {
        COMMON_PRODUCTS.min(self.products / 2)
    }

    /// The number of a product that some computer has, or that none has.
    pub(super) fn product(&self, random: &mut Random, is_common: bool) -> usize {
        let common = self.common_products();
        if is_common { random.below(common) } else { random.between(common, self.products - 1) }
    }

    pub(super) fn classification(&self, random: &mut Random) -> UpdateId {
        self.id("classification", random.below(self.classifications))
    }

    pub(super) fn architecture(&self, random: &mut Random) -> UpdateId {
        // Most of what is published is for x64.
        self.id("architecture", if random.chance(70) { 0 } else { random.between(1, 2) })
    }

    pub(super) fn build(&self, random: &mut Random) -> UpdateId {
        self.id("build", random.below(self.builds))
    }

    /// What is installed where that product is.
    pub(super) fn fact(&self, product: usize) -> UpdateId {
        self.id("fact", product % self.facts)
    }

    pub(super) fn languages(&self) -> Vec<UpdateId> {
        (0..self.languages).map(|number| self.id("language", number)).collect()
    }

    fn named(&self, make: impl Fn(&str) -> Draft, kind: &str, number: usize) -> Draft {
        with_texts(make(&self.name(kind, number)), &self.name(kind, number), self.texts)
    }
}

/// A draft with titles in up to `count` languages.
pub(super) fn with_texts(draft: Draft, title: &str, count: usize) -> Draft {
    let tags = LANGUAGES.iter().cycle().skip(1).take(count.saturating_sub(1).min(LANGUAGES.len() - 1));
    tags.fold(draft, |draft, tag| {
        draft.titled_in(tag, &format!("{title} ({tag})"), "Install this update to resolve issues in the product.")
    })
}

/// True on machines that have that value in the estate's key.
fn estate(value: &str) -> Rule {
    Rule::registry_value("SOFTWARE\\Contoso\\Estate", value)
}
