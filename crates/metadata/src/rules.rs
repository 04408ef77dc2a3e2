//! Applicability rules: what they say, and whether they hold on a computer (metadata.md §4, §5).

mod base;
mod cbs;
mod comparison;
mod context;
mod driver;
mod expression;
mod inventory;
mod logical;
mod metadata;
mod msi;
mod other;
pub mod state;
mod truth;

pub use base::{
    Base, FileAttributes, FileBase, FileLocation, LoopCondition, RegistryKey, RegistryRoot, RegistryValue, VersionTest,
};
pub use cbs::{Cbs, CbsIdentity, InvalidCbsIdentity};
pub use comparison::{Comparison, InvalidVersion, TextComparison, Version};
pub use context::Context;
pub use driver::Driver;
pub use expression::{Expression, Opaque};
pub use inventory::{
    DriverStanding, FileFacts, Inventory, MsiPatchState, MsiProduct, OsVersion, Processor, RegistryData, RegistryView,
};
pub use metadata::{MsiApplication, MsiPatch, MsiSequence, MsiTarget, RuleMetadata};
pub use msi::{Msi, ProductTest};
pub use other::{AttributeTest, Other};
pub use truth::{Fact, Truth, Unknown};

pub(crate) use metadata::read_metadata;

use model::{DriverMatch, UpdateId};
use xml::Element;

use crate::cursor::Cursor;
use crate::error::{DocumentError, DocumentFault};

/// `ApplicabilityRules` of a revision, or those of a vendor package or one of its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicabilityRules {
    /// True where exactly this revision is installed. A section that is missing or empty is `None`, and false.
    pub is_installed: Option<Expression>,
    /// True where something newer is there already.
    pub is_superseded: Option<Expression>,
    /// True where it can be installed.
    pub is_installable: Option<Expression>,
    /// Data shared by the rules.
    pub metadata: RuleMetadata,
}

/// What the three sections say on a computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `IsInstalled`.
    pub is_installed: Truth,
    /// `IsSuperseded`.
    pub is_superseded: Truth,
    /// `IsInstallable`.
    pub is_installable: Truth,
}

impl ApplicabilityRules {
    /// Evaluates all sections for `update` on a computer; `drivers` are the revision's.
    ///
    /// A missing section is false. The last two sections are not asked where the update is installed.
    pub fn evaluate(&self, update: UpdateId, drivers: &[DriverMatch], inventory: &dyn Inventory) -> Verdict {
        let context =
            Context { inventory, update: Some(update), metadata: Some(&self.metadata), drivers, loop_target: None };
        let section = |rule: &Option<Expression>| rule.as_ref().map_or(Truth::False, |rule| rule.evaluate(&context));
        let is_installed = section(&self.is_installed);
        if is_installed.is_true() {
            return Verdict { is_installed, is_superseded: Truth::False, is_installable: Truth::False };
        }
        Verdict {
            is_installed,
            is_superseded: section(&self.is_superseded),
            is_installable: section(&self.is_installable),
        }
    }

    /// The expressions of all sections, outermost ones only.
    pub fn sections(&self) -> impl Iterator<Item = &Expression> {
        [&self.is_installed, &self.is_superseded, &self.is_installable].into_iter().flatten()
    }
}

/// Reads the rest of `ApplicabilityRules`; driver metadata goes to `drivers`.
pub(crate) fn read(
    cursor: &mut Cursor<'_>,
    drivers: &mut Vec<DriverMatch>,
) -> Result<ApplicabilityRules, DocumentError> {
    let mut rules = ApplicabilityRules::default();
    let mut seen = Vec::new();
    cursor.children(|cursor, element| {
        let name = cursor.core_name(element);
        let section = match name {
            "IsInstalled" => &mut rules.is_installed,
            "IsSuperseded" => &mut rules.is_superseded,
            "IsInstallable" => &mut rules.is_installable,
            "Metadata" => return read_metadata(cursor, &mut rules.metadata, drivers),
            _ => return cursor.skip(),
        };
        if seen.iter().any(|before: &String| before == name) {
            return Err(cursor.fault(DocumentFault::RepeatedElement { element: name.to_owned() }));
        }
        seen.push(name.to_owned());
        *section = read_section(cursor)?;
        Ok(())
    })?;
    Ok(rules)
}

/// Reads the rest of a section: at most one expression.
pub(crate) fn read_section(cursor: &mut Cursor<'_>) -> Result<Option<Expression>, DocumentError> {
    let mut section = None;
    cursor.children(|cursor, element: &Element<'_>| {
        if section.is_some() {
            return Err(cursor.fault(DocumentFault::RepeatedElement { element: "the expression of a section".into() }));
        }
        section = Some(expression::read(cursor, element)?);
        Ok(())
    })?;
    Ok(section)
}
