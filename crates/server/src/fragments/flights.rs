use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// What is being read just now: whoever asks for the same meanwhile waits for that instead of reading it again.
///
/// Fifty clients that ask at once for a fragment of 46 MB cost one reading of it, also when the cache cannot keep it.
pub(super) struct Flights<K, V> {
    now: Mutex<HashMap<K, watch::Receiver<Option<V>>>>,
}

/// What one has to read, and what others are reading.
pub(super) struct Joined<'a, K: Eq + Hash, V> {
    /// To be read by whoever joined.
    pub(super) lead: Lead<'a, K, V>,
    /// Read by others; a flight that ends without a value was given up, and has to be asked for again.
    pub(super) others: Vec<(K, watch::Receiver<Option<V>>)>,
}

/// The duty to read; dropped before all landed, it gives up the rest.
pub(super) struct Lead<'a, K: Eq + Hash, V> {
    flights: &'a Flights<K, V>,
    open: HashMap<K, watch::Sender<Option<V>>>,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self { now: Mutex::default() }
    }
}

impl<K: Clone + Eq + Hash, V> Flights<K, V> {
    /// Takes the lead of those `keys` that nobody reads yet.
    pub(super) fn join(&self, keys: impl IntoIterator<Item = K>) -> Joined<'_, K, V> {
        let mut now = self.now();
        let (mut open, mut others) = (HashMap::new(), Vec::new());
        for key in keys {
            match now.get(&key) {
                Some(flight) => others.push((key, flight.clone())),
                None => {
                    let (sender, receiver) = watch::channel(None);
                    now.insert(key.clone(), receiver);
                    open.insert(key, sender);
                }
            }
        }
        Joined { lead: Lead { flights: self, open }, others }
    }
}

impl<K: Eq + Hash, V> Flights<K, V> {
    fn now(&self) -> MutexGuard<'_, HashMap<K, watch::Receiver<Option<V>>>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash, V> Lead<'_, K, V> {
    /// What is still to be read.
    pub(super) fn keys(&self) -> Vec<K> {
        self.open.keys().cloned().collect()
    }

    /// Gives what was read to all who wait. From here on it has to be found elsewhere.
    pub(super) fn land(&mut self, key: &K, value: V) {
        if let Some(sender) = self.open.remove(key) {
            self.flights.now().remove(key);
            // Nobody may be waiting.
            let _ = sender.send(Some(value));
        }
    }
}

impl<K: Eq + Hash, V> Drop for Lead<'_, K, V> {
    fn drop(&mut self) {
        let mut now = self.flights.now();
        for key in self.open.keys() {
            now.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_one_reads_all_get() {
        let flights = Flights::default();
        let mut first = flights.join([1, 2]);
        let mut second = flights.join([2, 3]);
        assert_eq!((first.lead.keys().len(), first.others.len()), (2, 0));
        assert_eq!((second.lead.keys(), second.others.len()), (vec![3], 1));
        first.lead.land(&2, "two");
        let (key, flight) = &mut second.others[0];
        assert_eq!((*key, *flight.wait_for(Option::is_some).await.unwrap()), (2, Some("two")));
        assert_eq!(flights.join([2]).lead.keys(), [2], "what landed is not in flight");
    }

    #[tokio::test]
    async fn what_is_given_up_is_told() {
        let flights: Flights<i32, ()> = Flights::default();
        let first = flights.join([1]);
        let mut second = flights.join([1]);
        drop(first);
        assert!(second.others[0].1.wait_for(Option::is_some).await.is_err());
        assert_eq!(flights.join([1]).lead.keys(), [1]);
    }
}
