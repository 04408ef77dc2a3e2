//! Texts to search for.

use super::ApiError;

/// Longest text to search for, in bytes: names and titles are shorter, and no engine takes patterns without end.
pub(super) const SEARCH_BYTES_MAX: usize = 4_096;

/// The text, if it is one that can be searched for.
pub(super) fn checked(text: Option<String>) -> Result<Option<String>, ApiError> {
    match &text {
        Some(long) if long.len() > SEARCH_BYTES_MAX => {
            Err(ApiError::invalid(format!("a search may have {SEARCH_BYTES_MAX} bytes, not {}", long.len())))
        }
        Some(text) if text.contains('\0') => Err(ApiError::invalid("a search has no zero characters")),
        _ => Ok(text),
    }
}
