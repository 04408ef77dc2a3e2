//! What statements are given.

use serde::{Serialize, Serializer};

use crate::StoreError;

/// One parameter of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// A whole set: rows (tuples) that the statement reads with `json_each($n)` and `value ->> column`.
    pub(crate) fn set<R: Serialize>(rows: impl IntoIterator<Item = R>) -> Result<Self, StoreError> {
        let rows: Vec<R> = rows.into_iter().collect();
        let text = serde_json::to_string(&rows)
            .map_err(|error| StoreError::invalid(format!("a set cannot be written as JSON: {error}")))?;
        Ok(Self::Text(Some(text)))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Integer(Some(value.into()))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value)
    }
}

/// Bytes within a set: hex digits, which the statement turns back with `unhex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hex<B>(pub(crate) B);

impl<B: AsRef<[u8]>> Serialize for Hex<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}
