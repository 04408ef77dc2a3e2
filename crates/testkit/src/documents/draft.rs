use jiff::Timestamp;
use model::{
    Bundle, CategoryKind, Clause, Relations, Revision, RevisionNumber, Sha1, UpdateId, UpdateIdentity, UpdateType,
};
use uuid::Uuid;

use super::driver::{DriverFacts, Hardware};
use super::file::{Made, MadeFile, Promise};
use super::handler::{Handler, Outcome};
use super::rule::Rule;
use super::{render, update_id};

/// When an update's authors made it, unless a draft says otherwise: one fixed moment, so that documents are reproducible.
const CREATED: &str = "2026-10-13T17:00:00Z";

/// An update document that is being written.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(crate) identity: UpdateIdentity,
    pub(crate) update_type: UpdateType,
    pub(crate) handler: Option<Handler>,
    pub(crate) explicitly_deployable: bool,
    pub(crate) auto_select: bool,
    pub(crate) browse_only: bool,
    pub(crate) expired: bool,
    pub(crate) is_local: bool,
    pub(crate) created: String,
    pub(crate) severity: Option<&'static str>,
    pub(crate) reboot: Option<Reboot>,
    pub(crate) kb: Option<String>,
    pub(crate) cves: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) texts: Vec<(String, String, String)>,
    pub(crate) relations: Relations,
    pub(crate) installed: Option<Rule>,
    pub(crate) superseded: Option<Rule>,
    pub(crate) installable: Option<Rule>,
    pub(crate) driver: Option<DriverFacts>,
    pub(crate) hardware: Vec<Hardware>,
    pub(crate) files: Vec<Promise>,
    pub(crate) licences: Vec<(String, Promise)>,
}

/// Whether installing wants a restart (`InstallationBehavior/@RebootBehavior`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reboot {
    /// Never.
    Never,
    /// When the installer says so.
    CanRequest,
    /// Always.
    Always,
}

impl Draft {
    fn new(update_type: UpdateType, name: &str) -> Self {
        let number = if update_type == UpdateType::Software { 200 } else { 100 };
        Self {
            identity: UpdateIdentity { update_id: update_id(name), revision_number: revision_number(number) },
            update_type,
            handler: None,
            explicitly_deployable: false,
            auto_select: false,
            browse_only: false,
            expired: false,
            is_local: false,
            created: CREATED.to_owned(),
            severity: None,
            reboot: None,
            kb: None,
            cves: Vec::new(),
            languages: Vec::new(),
            texts: vec![("en".to_owned(), name.to_owned(), String::new())],
            relations: Relations::default(),
            installed: None,
            superseded: None,
            installable: None,
            driver: None,
            hardware: Vec::new(),
            files: Vec::new(),
            licences: Vec::new(),
        }
    }

    /// A node of the product tree or a classification, installed everywhere unless a rule says otherwise.
    pub fn category(kind: CategoryKind, name: &str) -> Self {
        Self { handler: Some(Handler::Category(kind)), ..Self::new(UpdateType::Category, name) }
            .installed_when(Rule::always())
    }

    /// The maker of products.
    pub fn company(name: &str) -> Self {
        Self::category(CategoryKind::Company, name)
    }

    /// A family of products.
    pub fn family(name: &str) -> Self {
        Self::category(CategoryKind::ProductFamily, name)
    }

    /// A product.
    pub fn product(name: &str) -> Self {
        Self::category(CategoryKind::Product, name)
    }

    /// A classification; the ids of the usual ones are well known, so it is named by id.
    pub fn classification(id: UpdateId, name: &str) -> Self {
        Self::category(CategoryKind::UpdateClassification, name).identified_by(id)
    }

    /// A named fact about a computer.
    pub fn detectoid(name: &str) -> Self {
        Self::new(UpdateType::Detectoid, name)
    }

    /// What an administrator approves: no rules and no files of its own.
    pub fn bundle(name: &str) -> Self {
        Self { explicitly_deployable: true, auto_select: true, ..Self::new(UpdateType::Software, name) }
    }

    /// A leaf installed by running a program.
    pub fn command_line(name: &str) -> Self {
        let handler = Handler::CommandLine {
            program: "setup.exe".to_owned(),
            arguments: String::new(),
            outcomes: vec![(0, Outcome::Succeeded)],
        };
        Self { handler: Some(handler), ..Self::new(UpdateType::Software, name) }.installable_when(Rule::always())
    }

    /// A leaf handed to the servicing stack: the package `package~31bf3856ad364e35~architecture~~version`.
    pub fn cbs(name: &str, package: &str, architecture: &str, version: &str) -> Self {
        let handler = Handler::Cbs {
            package: package.to_owned(),
            architecture: architecture.to_owned(),
            version: version.to_owned(),
            padding: 0,
        };
        Self { handler: Some(handler), ..Self::new(UpdateType::Software, name) }
            .installed_when(Rule::cbs_package("Installed"))
            .installable_when(Rule::cbs_package("Installable"))
    }

    /// A leaf that installs a whole operating system release from parts.
    pub fn os_installer(name: &str) -> Self {
        Self { handler: Some(Handler::OsInstaller), ..Self::new(UpdateType::Software, name) }
            .installable_when(Rule::always())
    }

    /// A leaf that is a Windows Installer product.
    pub fn msi(name: &str, product_code: &str, file: &str) -> Self {
        let handler = Handler::Msi { product_code: product_code.to_owned(), file: file.to_owned() };
        Self { handler: Some(handler), ..Self::new(UpdateType::Software, name) }
            .installed_when(Rule::msi_application("Installed"))
            .superseded_when(Rule::msi_application("Superseded"))
            .installable_when(Rule::msi_application("Installable"))
    }

    /// A driver package; say which devices with [`Draft::matching`].
    pub fn driver(name: &str, facts: DriverFacts) -> Self {
        let draft = Self::new(UpdateType::Driver, name);
        Self { handler: Some(Handler::Driver), explicitly_deployable: true, driver: Some(facts), ..draft }
            .installed_when(Rule::driver("Installed"))
            .superseded_when(Rule::driver("Superseded"))
            .installable_when(Rule::driver("Installable"))
    }

    /// With this id instead of the one that follows from the name.
    pub fn identified_by(mut self, id: UpdateId) -> Self {
        self.identity.update_id = id;
        self
    }

    /// As this revision of the update; at most 2³¹ − 1.
    pub fn revision_number(mut self, number: u32) -> Self {
        self.identity.revision_number = revision_number(number);
        self
    }

    /// Written at that moment.
    pub fn created_at(mut self, at: Timestamp) -> Self {
        self.created = at.to_string();
        self
    }

    /// Described so, in English.
    pub fn described_as(mut self, description: &str) -> Self {
        if let Some((_, _, text)) = self.texts.first_mut() {
            description.clone_into(text);
        }
        self
    }

    /// With a title and description in one more language.
    pub fn titled_in(mut self, language: &str, title: &str, description: &str) -> Self {
        self.texts.push((language.to_owned(), title.to_owned(), description.to_owned()));
        self
    }

    /// Only where that update is installed.
    pub fn requires(self, update: UpdateId) -> Self {
        self.requires_any([update])
    }

    /// Only where at least one of those updates is installed.
    pub fn requires_any(mut self, updates: impl IntoIterator<Item = UpdateId>) -> Self {
        self.relations.prerequisites.push(Clause { members: updates.into_iter().collect(), is_category: false });
        self
    }

    /// A member of those categories, and only where at least one of them is installed.
    pub fn in_category(mut self, categories: impl IntoIterator<Item = UpdateId>) -> Self {
        self.relations.prerequisites.push(Clause { members: categories.into_iter().collect(), is_category: true });
        self
    }

    /// Takes in alternatives, of which a computer picks those that apply: one more clause of the bundle.
    pub fn bundling(mut self, children: impl IntoIterator<Item = UpdateIdentity>) -> Self {
        self.relations.bundled.push(Bundle { members: children.into_iter().collect() });
        self
    }

    /// Replaces those updates.
    pub fn superseding(mut self, updates: impl IntoIterator<Item = UpdateId>) -> Self {
        self.relations.superseded.extend(updates);
        self
    }

    /// Says how to detect it.
    pub fn installed_when(mut self, rule: Rule) -> Self {
        self.installed = Some(rule);
        self
    }

    /// Says how to detect that something newer is there.
    pub fn superseded_when(mut self, rule: Rule) -> Self {
        self.superseded = Some(rule);
        self
    }

    /// Says when it applies.
    pub fn installable_when(mut self, rule: Rule) -> Self {
        self.installable = Some(rule);
        self
    }

    /// Explained by that knowledge-base article.
    pub fn kb(mut self, number: &str) -> Self {
        self.kb = Some(number.to_owned());
        self
    }

    /// Against those vulnerabilities.
    pub fn cves<'a>(mut self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        self.cves.extend(ids.into_iter().map(ToOwned::to_owned));
        self
    }

    /// Critical, Important, Moderate or Low.
    pub fn rated(mut self, severity: &'static str) -> Self {
        self.severity = Some(severity);
        self
    }

    /// With that behaviour about restarts.
    pub fn rebooting(mut self, reboot: Reboot) -> Self {
        self.reboot = Some(reboot);
        self
    }

    /// Shown to the user and never selected by itself.
    pub fn optional(mut self) -> Self {
        self.auto_select = false;
        self.browse_only = true;
        self
    }

    /// Withdrawn by its publisher.
    pub fn expired(mut self) -> Self {
        self.expired = true;
        self
    }

    /// Published by an organization for its own computers (`IsLocallyPublished`).
    pub fn published_locally(mut self) -> Self {
        self.is_local = true;
        self
    }

    /// For files in that language only.
    pub fn for_language(mut self, tag: &str) -> Self {
        self.languages.push(tag.to_owned());
        self
    }

    /// Installed by running that program.
    pub fn running(mut self, run: &str, with: &str) -> Self {
        if let Some(Handler::CommandLine { program, arguments, .. }) = &mut self.handler {
            run.clone_into(program);
            with.clone_into(arguments);
        }
        self
    }

    /// That return code of the program means that.
    pub fn returning(mut self, code: i32, outcome: Outcome) -> Self {
        if let Some(Handler::CommandLine { outcomes, .. }) = &mut self.handler {
            outcomes.push((code, outcome));
        }
        self
    }

    /// With that content file.
    pub fn with_file(mut self, file: &MadeFile) -> Self {
        self.files.push(Promise::of(file));
        self
    }

    /// With a content file of which agents fetch the parts that they lack (`PatchingType` `Express`).
    pub fn with_express_file(mut self, file: &MadeFile) -> Self {
        self.files.push(Promise { patching: Some("Express"), ..Promise::of(file) });
        self
    }

    /// With a content file that is published encrypted, and what opens it (MS-WSUSSS 3.1.1.1, `IsEncrypted`).
    pub fn with_encrypted_file(mut self, file: &MadeFile, key: &[u8]) -> Self {
        self.files.push(Promise { key: Some(key.to_owned()), ..Promise::of(file) });
        self
    }

    /// With a content file that is only spoken of: nobody has its bytes, and its digests follow from its name.
    pub fn promising_file(mut self, name: &str, size: u64) -> Self {
        self.files.push(Promise::unmade(name, size));
        self
    }

    /// With component data of about that many bytes (CBS only).
    pub fn padded_to(mut self, bytes: usize) -> Self {
        if let Some(Handler::Cbs { padding, .. }) = &mut self.handler {
            *padding = bytes;
        }
        self
    }

    /// How much component data was asked for.
    #[cfg(test)]
    pub(crate) fn component_bytes(&self) -> usize {
        match &self.handler {
            Some(Handler::Cbs { padding, .. }) => *padding,
            _ => 0,
        }
    }

    /// With a licence in that language that must be accepted first.
    pub fn licensed(mut self, language: &str, text: &MadeFile) -> Self {
        self.licences.push((language.to_owned(), Promise::of(text)));
        self
    }

    /// For the device with that hardware or compatible id; further calls speak of this device.
    pub fn matching(mut self, hardware_id: &str) -> Self {
        self.hardware.push(Hardware { id: hardware_id.to_owned(), scores: Vec::new(), computers: Vec::new() });
        self
    }

    /// Suited so well (0 is best) to that system, such as `amd64.10.0`.
    pub fn scored(mut self, system: &str, score: u8) -> Self {
        if let Some(hardware) = self.hardware.last_mut() {
            hardware.scores.push((system.to_owned(), score));
        }
        self
    }

    /// Only for computers with one of those computer hardware ids.
    pub fn for_computers(mut self, computers: impl IntoIterator<Item = Uuid>) -> Self {
        if let Some(hardware) = self.hardware.last_mut() {
            hardware.computers.extend(computers);
        }
        self
    }

    /// The files it names, licence texts last: digest, name, and the key of one that is encrypted.
    pub(crate) fn named_files(&self) -> impl Iterator<Item = (Sha1, String, Option<Vec<u8>>)> {
        let promises = self.files.iter().chain(self.licences.iter().map(|(_, promise)| promise));
        promises.filter_map(|promise| Some((promise.sha1?, promise.name.clone(), promise.key.clone())))
    }

    /// The update's id.
    pub fn id(&self) -> UpdateId {
        self.identity.update_id
    }

    /// The revision's global name.
    pub fn identity(&self) -> UpdateIdentity {
        self.identity
    }

    /// What a catalog needs to know of it, without writing and reading the document.
    pub fn revision(&self) -> Revision {
        let category = match &self.handler {
            Some(Handler::Category(kind)) => Some(*kind),
            _ => None,
        };
        let rows = self.driver.iter().flat_map(|facts| self.hardware.iter().map(|hardware| facts.row(hardware)));
        Revision {
            identity: self.identity,
            update_type: self.update_type,
            explicitly_deployable: self.explicitly_deployable,
            category,
            relations: self.relations.clone(),
            drivers: rows.collect(),
        }
    }

    /// The written document with its files.
    pub fn finish(&self) -> Made {
        let promises = self.files.iter().chain(self.licences.iter().map(|(_, promise)| promise));
        Made {
            file_name: format!("{}-r{}.xml", self.identity.update_id, self.identity.revision_number),
            document: render::document(self),
            files: promises.filter_map(Promise::made).collect(),
        }
    }
}

/// The nearest number that can be a revision number.
fn revision_number(number: u32) -> RevisionNumber {
    RevisionNumber::new(number.min(i32::MAX.unsigned_abs())).expect("the number is clamped to the largest one")
}
