use model::{
    CatalogEntry, CategoryKind, ChangeMark, DriverMatch, DriverVersion, Relations, RevisionId, Timestamp,
    UpdateIdentity, UpdateType,
};
use serde::Deserialize;
use uuid::Uuid;

/// A revision as this server has it, its texts still where they were read.
#[derive(Clone, Debug)]
pub struct BorrowedEntry<'a> {
    /// The number clients know it by.
    pub id: RevisionId,
    /// What it is.
    pub revision: BorrowedRevision<'a>,
    /// The generation that brought it.
    pub imported: ChangeMark,
    /// When it was imported.
    pub imported_at: Timestamp,
}

/// What is read like [`model::Revision`], and borrows its texts: of half a million revisions nearly all name what
/// others named before them, and need no copy of it.
#[derive(Clone, Debug, Deserialize)]
pub struct BorrowedRevision<'a> {
    pub(crate) identity: UpdateIdentity,
    pub(crate) update_type: UpdateType,
    pub(crate) explicitly_deployable: bool,
    pub(crate) category: Option<CategoryKind>,
    pub(crate) relations: Relations,
    #[serde(borrow)]
    pub(crate) drivers: Vec<BorrowedDriver<'a>>,
}

/// The same of [`DriverMatch`].
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct BorrowedDriver<'a> {
    pub(crate) hardware_id: &'a str,
    pub(crate) date_days: i32,
    pub(crate) version: DriverVersion,
    pub(crate) class: &'a str,
    pub(crate) manufacturer: &'a str,
    pub(crate) provider: &'a str,
    #[serde(borrow)]
    pub(crate) compatible_providers: Vec<&'a str>,
    #[serde(borrow)]
    pub(crate) feature_scores: Vec<BorrowedScore<'a>>,
    pub(crate) target_computers: Vec<Uuid>,
    pub(crate) distribution_computers: Vec<Uuid>,
}

/// The same of [`model::FeatureScore`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct BorrowedScore<'a> {
    pub(crate) operating_system: &'a str,
    pub(crate) score: u8,
}

impl<'a> From<&'a CatalogEntry> for BorrowedEntry<'a> {
    fn from(entry: &'a CatalogEntry) -> Self {
        let revision = &entry.revision;
        Self {
            id: entry.id,
            revision: BorrowedRevision {
                identity: revision.identity,
                update_type: revision.update_type,
                explicitly_deployable: revision.explicitly_deployable,
                category: revision.category,
                relations: revision.relations.clone(),
                drivers: revision.drivers.iter().map(BorrowedDriver::from).collect(),
            },
            imported: entry.imported,
            imported_at: entry.imported_at,
        }
    }
}

impl<'a> From<&'a DriverMatch> for BorrowedDriver<'a> {
    fn from(driver: &'a DriverMatch) -> Self {
        let scores = driver.feature_scores.iter();
        Self {
            hardware_id: driver.hardware_id.as_str(),
            date_days: driver.date_days,
            version: driver.version,
            class: &driver.class,
            manufacturer: &driver.manufacturer,
            provider: &driver.provider,
            compatible_providers: driver.compatible_providers.iter().map(|provider| &**provider).collect(),
            feature_scores: scores
                .map(|score| BorrowedScore { operating_system: &score.operating_system, score: score.score })
                .collect(),
            target_computers: driver.target_computers.clone(),
            distribution_computers: driver.distribution_computers.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{FeatureScore, Revision};

    use super::*;
    use crate::test_catalog::Made;

    #[test]
    fn a_revision_is_read_as_it_was_written() {
        let driver = Made::driver(1, "PCI\\VEN_8086").needs(&[2, 3]).bundles(&[4]).matching(|driver| {
            driver.compatible_providers.push("Contoso".into());
            driver.feature_scores.push(FeatureScore { operating_system: "amd64.10.0".into(), score: 7 });
            driver.target_computers.push(Uuid::from_u128(8));
            driver.distribution_computers.push(Uuid::from_u128(9));
        });
        let entry = driver.entry();
        let written = postcard::to_stdvec::<Revision>(&entry.revision).unwrap();
        let read: BorrowedRevision<'_> = postcard::from_bytes(&written).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", BorrowedEntry::from(&entry).revision));
    }
}
