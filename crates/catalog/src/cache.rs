use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;

/// Answers that are worth keeping, at most `capacity`; the one not used for longest makes room.
///
/// The lock is held for a look-up or an insertion, never while an answer is computed: two askers at
/// the same moment may both compute it, and either answer is right.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    capacity: usize,
    kept: Mutex<Kept<K, V>>,
}

#[derive(Debug)]
struct Kept<K, V> {
    /// Grows with each use.
    clock: u64,
    entries: HashMap<K, Entry<V>, RandomState>,
}

#[derive(Debug)]
struct Entry<V> {
    used: u64,
    value: Arc<V>,
}

impl<K: Hash + Eq + Clone, V> Cache<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, kept: Mutex::new(Kept { clock: 0, entries: HashMap::default() }) }
    }

    /// The answer for `key`, computed by `compute` if it is not kept.
    pub(crate) fn get_or<Q>(&self, key: &Q, compute: impl FnOnce() -> V) -> Arc<V>
    where
        Q: Hash + Eq + ToOwned + ?Sized,
        K: Borrow<Q> + From<Q::Owned>,
    {
        if let Some(value) = self.find(key) {
            return value;
        }
        let value = Arc::new(compute());
        // What makes room is dropped once the lock is free again.
        drop(self.keep(key.to_owned().into(), &value));
        value
    }

    /// What answers are kept for.
    pub(crate) fn keys(&self) -> Vec<K> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entries.keys().cloned().collect()
    }

    fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let entry = kept.entries.get_mut(key)?;
        entry.used = now;
        Some(Arc::clone(&entry.value))
    }

    /// Keeps an answer; returns the one that made room.
    fn keep(&self, key: K, value: &Arc<V>) -> Option<Entry<V>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut removed = None;
        if kept.entries.len() >= self.capacity {
            let oldest = kept.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
            removed = oldest.and_then(|oldest| kept.entries.remove(&oldest));
        }
        let used = kept.clock;
        kept.entries.insert(key, Entry { used, value: Arc::clone(value) });
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_computed_once() {
        let cache = Cache::<u8, &str>::new(2);
        assert_eq!(*cache.get_or(&1, || "one"), "one");
        assert_eq!(*cache.get_or(&1, || panic!("it is kept")), "one");
    }

    #[test]
    fn the_answer_not_used_for_longest_makes_room() {
        let cache = Cache::<u8, &str>::new(2);
        cache.get_or(&1, || "one");
        cache.get_or(&2, || "two");
        cache.get_or(&1, || "again");
        cache.get_or(&3, || "three");
        assert_eq!(*cache.get_or(&1, || "new"), "one");
        assert_eq!(*cache.get_or(&2, || "new"), "new");
    }
}
