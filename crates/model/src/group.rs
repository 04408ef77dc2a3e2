use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Uuid, uuid};

/// A target group: a set of computers that approvals name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetGroupId(pub Uuid);

impl TargetGroupId {
    /// The root of the group tree; every computer is in it, and none is assigned to it directly.
    pub const ALL_COMPUTERS: Self = Self(uuid!("a0a08746-4dbe-4a37-9adf-9e7652c0b421"));
    /// Where a computer is that nobody assigned to a group.
    pub const UNASSIGNED_COMPUTERS: Self = Self(uuid!("b73ca6ed-5727-47f3-84de-015e03f6a88a"));

    /// True for the groups that cannot be renamed, moved or removed.
    pub fn is_built_in(self) -> bool {
        self == Self::ALL_COMPUTERS || self == Self::UNASSIGNED_COMPUTERS
    }
}

impl FromStr for TargetGroupId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

impl fmt::Display for TargetGroupId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(out)
    }
}

/// The name of a target group, matched without regard to case.
///
/// Shape: 1 to 256 characters, trimmed, no control characters, no `;` (which joins names in a client's request).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupName(String);

/// A text that cannot name a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a group: 1 to 256 characters, no control characters, no semicolon")]
pub struct InvalidGroupName(String);

impl GroupName {
    /// The name as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it is compared.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl PartialEq for GroupName {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for GroupName {}

impl FromStr for GroupName {
    type Err = InvalidGroupName;

    fn from_str(text: &str) -> Result<Self, InvalidGroupName> {
        let text = text.trim();
        let plain = (1..=256).contains(&text.chars().count())
            && !text.chars().any(|character| character.is_control() || character == ';');
        if plain { Ok(Self(text.to_owned())) } else { Err(InvalidGroupName(text.chars().take(60).collect())) }
    }
}

impl TryFrom<String> for GroupName {
    type Error = InvalidGroupName;

    fn try_from(text: String) -> Result<Self, InvalidGroupName> {
        text.parse()
    }
}

impl From<GroupName> for String {
    fn from(name: GroupName) -> Self {
        name.0
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A target group and its place in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: TargetGroupId,
    /// Its name.
    pub name: GroupName,
    /// The group above; `None` only for All Computers.
    pub parent: Option<TargetGroupId>,
}
