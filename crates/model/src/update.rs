use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An update: a GUID that all its revisions share. Compared without case, written in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UpdateId(pub Uuid);

impl FromStr for UpdateId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

impl fmt::Display for UpdateId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(out)
    }
}

/// Which revision of an update; grows with each. Bounds: 0 to 2³¹ − 1 (`s:int` on the wire).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevisionNumber(u32);

/// A number that cannot be a revision number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a revision number (0 to 2147483647)")]
pub struct InvalidRevisionNumber(String);

impl RevisionNumber {
    /// The revision number `number`.
    ///
    /// # Errors
    /// [`InvalidRevisionNumber`] above 2³¹ − 1.
    pub fn new(number: u32) -> Result<Self, InvalidRevisionNumber> {
        if number <= i32::MAX.unsigned_abs() {
            Ok(Self(number))
        } else {
            Err(InvalidRevisionNumber(number.to_string()))
        }
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl FromStr for RevisionNumber {
    type Err = InvalidRevisionNumber;

    fn from_str(text: &str) -> Result<Self, InvalidRevisionNumber> {
        let number = text.trim().parse().map_err(|_| InvalidRevisionNumber(text.chars().take(40).collect()))?;
        Self::new(number)
    }
}

impl fmt::Display for RevisionNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A revision by its global name: the update and the revision number. Its content never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UpdateIdentity {
    /// The update.
    pub update_id: UpdateId,
    /// Which of its revisions.
    pub revision_number: RevisionNumber,
}

impl fmt::Display for UpdateIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.update_id, self.revision_number)
    }
}

/// The compact number this server gave a revision: the only name clients use (MS-WUSP 3.1.1).
///
/// Bounds: 1 to 2³¹ − 1; never reused. Clients may send any 32-bit number, so any is representable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevisionId(pub i32);

impl fmt::Display for RevisionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// What kind of update a revision is (`Properties/@UpdateType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UpdateType {
    /// Something to install: a bundle or one of its children.
    Software,
    /// A driver package for one or more hardware ids.
    Driver,
    /// A node of the product tree, or a classification.
    Category,
    /// A named fact about a computer, used as a prerequisite.
    Detectoid,
}

impl UpdateType {
    /// The name documents use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Software => "Software",
            Self::Driver => "Driver",
            Self::Category => "Category",
            Self::Detectoid => "Detectoid",
        }
    }
}

impl fmt::Display for UpdateType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What kind of category (`CategoryInformation/@CategoryType`, MS-WSUSSS 3.1.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CategoryKind {
    /// The maker of products.
    Company,
    /// A family of products.
    ProductFamily,
    /// A product.
    Product,
    /// A classification, such as security updates.
    UpdateClassification,
    /// No type is given: about two thirds of the categories of one real server.
    Unspecified,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn update_ids_are_compared_without_case() {
        let upper: UpdateId = "56309036-4C77-4DD9-951A-99EE9C246A94".parse().unwrap();
        assert_eq!(upper.to_string(), "56309036-4c77-4dd9-951a-99ee9c246a94");
    }

    #[test]
    fn revision_numbers_stay_within_a_signed_int() {
        assert!("2147483647".parse::<RevisionNumber>().is_ok());
        assert!("2147483648".parse::<RevisionNumber>().is_err());
        assert!("-1".parse::<RevisionNumber>().is_err());
    }
}
