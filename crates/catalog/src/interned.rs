use std::borrow::Borrow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use foldhash::fast::RandomState;

use crate::csr::count;

/// Values that many share, each kept once and known by a number.
#[derive(Clone, Debug)]
pub(crate) struct Interned<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32, RandomState>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { values: Vec::new(), numbers: HashMap::default() }
    }
}

impl<T: Hash + Eq + Clone> Interned<T> {
    /// The number of `value`, which is kept if it is new.
    pub(crate) fn intern(&mut self, value: T) -> u32 {
        match self.numbers.entry(value) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let number = count(self.values.len());
                self.values.push(new.key().clone());
                *new.insert(number)
            }
        }
    }

    /// The number of `value`, which is copied if it is new.
    pub(crate) fn intern_copy<Q>(&mut self, value: &Q) -> u32
    where
        T: Borrow<Q> + for<'a> From<&'a Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.number(value).unwrap_or_else(|| self.intern(value.into()))
    }

    /// The number of `value`, if it is kept.
    pub(crate) fn number<Q>(&self, value: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.numbers.get(value).copied()
    }

    /// The value with that number.
    pub(crate) fn value(&self, number: u32) -> Option<&T> {
        self.values.get(number as usize)
    }

    /// Every value, in order of its number.
    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }
}
