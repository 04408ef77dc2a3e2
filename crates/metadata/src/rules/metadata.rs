//! `ApplicabilityRules/Metadata`: data shared by the rules (metadata.md §5.3, §5.4, §8).

use model::DriverMatch;
use uuid::Uuid;

use super::CbsIdentity;
use crate::cursor::Cursor;
use crate::document::read_driver;
use crate::error::{DocumentError, cut};
use crate::names::Class;

/// Data that rules of a revision share. The text of it stays in the core fragment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleMetadata {
    /// The package that CBS rules are about; of its manifest no more is kept.
    pub cbs: Option<CbsIdentity>,
    /// The patch that MSI rules are about.
    pub msi_patch: Option<Box<MsiPatch>>,
    /// The product that MSI rules are about.
    pub msi_application: Option<MsiApplication>,
    /// Names of elements nobody here knows.
    pub unknown: Vec<String>,
}

/// A Windows Installer patch (`patch_applicability.xsd`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MsiPatch {
    /// Its code.
    pub code: Uuid,
    /// The code to fall back to.
    pub fallback: Option<Uuid>,
    /// It applies to the product as first released.
    pub targets_rtm: bool,
    /// What it patches, in detail.
    pub targets: Vec<MsiTarget>,
    /// What it patches.
    pub products: Vec<Uuid>,
    /// Patches it makes obsolete.
    pub obsoleted: Vec<Uuid>,
    /// Its place among others.
    pub sequences: Vec<MsiSequence>,
}

/// `TargetProduct` of a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MsiTarget {
    /// The product.
    pub product: Option<Uuid>,
    /// The version it must have, as written.
    pub version: Option<String>,
    /// How the version is compared, as written.
    pub version_comparison: Option<String>,
    /// Which parts of it are, as written.
    pub version_filter: Option<String>,
    /// The version it has afterwards, as written.
    pub updated_version: Option<String>,
    /// Its language, as written.
    pub language: Option<String>,
    /// Its upgrade code.
    pub upgrade_code: Option<Uuid>,
}

/// `SequenceData` of a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MsiSequence {
    /// The family the sequence is in.
    pub family: String,
    /// The product it holds for; all if absent.
    pub product: Option<Uuid>,
    /// The place in the family, as written: up to four numbers.
    pub sequence: String,
    /// 1: supersedes all earlier patches of the family.
    pub attributes: Option<u32>,
}

/// A Windows Installer product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsiApplication {
    /// Its code.
    pub product: Uuid,
}

/// Reads the rest of `Metadata`.
///
/// Manifests of the component store are as large as 47 MB: of them nothing is kept but what names
/// the package, and what is read here goes on to the core fragment.
pub(crate) fn read_metadata(
    cursor: &mut Cursor<'_>,
    metadata: &mut RuleMetadata,
    drivers: &mut Vec<DriverMatch>,
) -> Result<(), DocumentError> {
    cursor.children(|cursor, element| match cursor.name(element) {
        (Class::Driver, "WindowsDriverMetaData") => {
            drivers.push(read_driver(cursor, element)?);
            Ok(())
        }
        (Class::Plain, "CbsPackageApplicabilityMetadata") => read_manifest(cursor, metadata),
        (Class::Msi, "MsiPatchMetadata") => {
            metadata.msi_patch = read_patch(cursor)?;
            Ok(())
        }
        (Class::Msi, "MsiApplicationMetadata") => {
            metadata.msi_application = read_application(cursor)?;
            Ok(())
        }
        (class, name) => {
            metadata.unknown.push(cut(&format!("{}{name}", class.prefix())));
            cursor.skip()
        }
    })
}

fn read_manifest(cursor: &mut Cursor<'_>, metadata: &mut RuleMetadata) -> Result<(), DocumentError> {
    cursor.children(|cursor, assembly| {
        if cursor.core_name(assembly) != "assembly" {
            return cursor.skip();
        }
        cursor.children(|cursor, part| {
            if cursor.core_name(part) == "assemblyIdentity" && metadata.cbs.is_none() {
                metadata.cbs = CbsIdentity::of_assembly(&cursor.attributes(part)?);
            }
            cursor.skip()
        })
    })
}

/// `None` if it does not say which patch it is; the rules about it are unknown then.
fn read_patch(cursor: &mut Cursor<'_>) -> Result<Option<Box<MsiPatch>>, DocumentError> {
    let mut patch = None;
    let mut fallback = None;
    cursor.children(|cursor, element| match cursor.name(element).1 {
        "MsiPatch" => {
            let attributes = cursor.attributes(element)?;
            let code = attributes.guid("PatchGUID").ok().flatten();
            let targets_rtm = attributes.flag("TargetsRTM").unwrap_or(false);
            let body = read_patch_body(cursor)?;
            patch = code.map(|code| Box::new(MsiPatch { code, targets_rtm, ..body }));
            Ok(())
        }
        "FallbackPatchCode" => {
            fallback = guid(cursor)?;
            Ok(())
        }
        _ => cursor.skip(),
    })?;
    if let Some(patch) = &mut patch {
        patch.fallback = fallback;
    }
    Ok(patch)
}

fn read_patch_body(cursor: &mut Cursor<'_>) -> Result<MsiPatch, DocumentError> {
    let mut patch = MsiPatch::default();
    cursor.children(|cursor, element| {
        match cursor.name(element).1 {
            "TargetProduct" => patch.targets.push(read_target(cursor)?),
            "TargetProductCode" => patch.products.extend(guid(cursor)?),
            "ObsoletedPatch" => patch.obsoleted.extend(guid(cursor)?),
            "SequenceData" => patch.sequences.push(read_sequence(cursor)?),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(patch)
}

fn read_target(cursor: &mut Cursor<'_>) -> Result<MsiTarget, DocumentError> {
    let mut target = MsiTarget::default();
    cursor.children(|cursor, element| {
        match cursor.name(element).1 {
            "TargetProductCode" => target.product = guid(cursor)?,
            "TargetVersion" => {
                let attributes = cursor.attributes(element)?;
                target.version_comparison = attributes.owned("ComparisonType");
                target.version_filter = attributes.owned("ComparisonFilter");
                target.version = Some(cursor.text()?.into_owned());
            }
            "UpdatedVersion" => target.updated_version = Some(cursor.text()?.into_owned()),
            "TargetLanguage" => target.language = Some(cursor.text()?.into_owned()),
            "UpgradeCode" => target.upgrade_code = guid(cursor)?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(target)
}

fn read_sequence(cursor: &mut Cursor<'_>) -> Result<MsiSequence, DocumentError> {
    let mut sequence = MsiSequence::default();
    cursor.children(|cursor, element| {
        match cursor.name(element).1 {
            "PatchFamily" => sequence.family = cursor.text()?.into_owned(),
            "ProductCode" => sequence.product = guid(cursor)?,
            "Sequence" => sequence.sequence = cursor.text()?.into_owned(),
            "Attributes" => sequence.attributes = cursor.text()?.trim().parse().ok(),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(sequence)
}

fn read_application(cursor: &mut Cursor<'_>) -> Result<Option<MsiApplication>, DocumentError> {
    let mut application = None;
    cursor.children(|cursor, element| {
        if cursor.name(element).1 == "ProductCode" {
            application = guid(cursor)?.map(|product| MsiApplication { product });
            return Ok(());
        }
        cursor.skip()
    })?;
    Ok(application)
}

/// The GUID an element holds. Another text is passed over: what a rule is about never decides
/// whether a document is taken.
fn guid(cursor: &mut Cursor<'_>) -> Result<Option<Uuid>, DocumentError> {
    Ok(Uuid::try_parse(cursor.text()?.trim()).ok())
}
