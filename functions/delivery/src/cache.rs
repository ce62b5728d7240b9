//! Answers in a warm environment's memory, bounded in entries. Time is an argument.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// What never changes. It is kept in two generations: what is asked for moves to the young one;
/// when that has half of all entries, it becomes the old one and the old one is forgotten.
#[derive(Debug)]
pub(crate) struct Memory<K, V> {
    entries_max: usize,
    generations: Mutex<Generations<K, V>>,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: BTreeMap<K, V>,
    old: BTreeMap<K, V>,
}

/// What is true for a while. A newer answer takes the place of an older one.
#[derive(Debug)]
pub(crate) struct TimedMemory<K, V> {
    life: SignedDuration,
    memory: Memory<K, (Timestamp, V)>,
}

impl<K: Ord + Clone, V: Clone> Memory<K, V> {
    /// Makes a memory of at most `entries_max` entries.
    pub(crate) fn new(entries_max: usize) -> Self {
        Self {
            entries_max,
            generations: Mutex::new(Generations {
                young: BTreeMap::new(),
                old: BTreeMap::new(),
            }),
        }
    }

    /// Returns what is known.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut generations = self.lock();
        if let Some(value) = generations.young.get(key) {
            return Some(value.clone());
        }
        let value = generations.old.remove(key)?;
        self.insert_young(&mut generations, key.clone(), value.clone());
        Some(value)
    }

    /// Keeps an answer.
    pub(crate) fn insert(&self, key: K, value: V) {
        let mut generations = self.lock();
        generations.old.remove(&key);
        self.insert_young(&mut generations, key, value);
    }

    fn insert_young(&self, generations: &mut Generations<K, V>, key: K, value: V) {
        let half = self.entries_max / 2;
        if generations.young.len() >= half && !generations.young.contains_key(&key) {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(key, value);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Generations<K, V>> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord + Clone, V: Clone> TimedMemory<K, V> {
    /// Makes a memory of at most `entries_max` answers, each true for `life`.
    pub(crate) fn new(entries_max: usize, life: SignedDuration) -> Self {
        Self {
            life,
            memory: Memory::new(entries_max),
        }
    }

    /// Returns what is still true at `now`. An answer from the future is not: clocks of frozen
    /// environments jump.
    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let (since, value) = self.memory.get(key)?;
        let age = now.duration_since(since);
        (SignedDuration::ZERO..self.life)
            .contains(&age)
            .then_some(value)
    }

    /// Keeps an answer that is true since `since`: since before it was asked for.
    pub(crate) fn insert(&self, key: K, value: V, since: Timestamp) {
        self.memory.insert(key, (since, value));
    }
}
