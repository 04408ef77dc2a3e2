//! Computers that share an id, as the copies of one image do: each goes on with its own session, and the administrator is told.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::ComputerId;

/// The names that computers give themselves, by their ids.
#[derive(Default)]
pub(crate) struct Twins {
    names: Mutex<HashMap<ComputerId, Names>>,
}

struct Names {
    last: String,
    before: Option<String>,
    /// Both are in use.
    is_shared: bool,
}

impl Twins {
    /// Notes how a computer calls itself; the other name when it is now clear that two computers have this id.
    ///
    /// A computer that was renamed has a new name from then on. Of two, now one speaks and now the other: a name comes back that
    /// had given way.
    pub(crate) fn note(&self, computer: &ComputerId, name: &str) -> Option<String> {
        let mut all = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(names) = all.get_mut(computer) else {
            let names = Names { last: name.to_owned(), before: None, is_shared: false };
            all.insert(computer.clone(), names);
            return None;
        };
        if names.last.eq_ignore_ascii_case(name) {
            return None;
        }
        let comes_back = names.before.as_deref().is_some_and(|before| before.eq_ignore_ascii_case(name));
        let other = std::mem::replace(&mut names.last, name.to_owned());
        names.before = Some(other.clone());
        let is_news = comes_back && !names.is_shared;
        names.is_shared |= comes_back;
        is_news.then_some(other)
    }

    /// The other name in use under this id.
    pub(crate) fn of(&self, computer: &ComputerId) -> Option<String> {
        let all = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(computer).filter(|names| names.is_shared).and_then(|names| names.before.clone())
    }

    /// Forgets a computer.
    pub(crate) fn forget(&self, computer: &ComputerId) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remove(computer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_computer_is_one_and_two_that_take_turns_are_two() {
        let (twins, id) = (Twins::default(), "an-id".parse().unwrap());
        assert_eq!(twins.note(&id, "desk"), None);
        assert_eq!(twins.note(&id, "DESK"), None);
        assert_eq!((twins.note(&id, "desk-2"), twins.of(&id)), (None, None), "renamed");
        assert_eq!(twins.note(&id, "desk").as_deref(), Some("desk-2"));
        assert_eq!(twins.note(&id, "desk-2"), None, "said once");
        assert_eq!(twins.of(&id).as_deref(), Some("desk"));
        twins.forget(&id);
        assert_eq!(twins.of(&id), None);
    }
}
