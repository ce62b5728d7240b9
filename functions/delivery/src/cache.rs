//! Answers in a warm environment's memory, bounded in entries or in what they weigh. Time is an
//! argument.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// What never changes. It is kept in two generations: what is asked for moves to the young one;
/// when that has half of the weight, it becomes the old one and the old one is forgotten.
#[derive(Debug)]
pub(crate) struct Memory<K, V> {
    weight_max: usize,
    generations: Mutex<Generations<K, V>>,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: BTreeMap<K, Weighed<V>>,
    young_weight: usize,
    old: BTreeMap<K, Weighed<V>>,
}

/// An answer, and its part of the whole weight.
#[derive(Debug, Clone)]
struct Weighed<V> {
    value: V,
    weight: usize,
}

/// What is true for a while. A newer answer takes the place of an older one.
#[derive(Debug)]
pub(crate) struct TimedMemory<K, V> {
    life: SignedDuration,
    memory: Memory<K, (Timestamp, V)>,
}

impl<K: Ord + Clone, V: Clone> Memory<K, V> {
    /// Makes a memory of at most this weight: of so many entries, where each weighs one.
    pub(crate) fn new(weight_max: usize) -> Self {
        Self {
            weight_max,
            generations: Mutex::new(Generations {
                young: BTreeMap::new(),
                young_weight: 0,
                old: BTreeMap::new(),
            }),
        }
    }

    /// Returns what is known.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut generations = self.lock();
        if let Some(known) = generations.young.get(key) {
            return Some(known.value.clone());
        }
        let known = generations.old.remove(key)?;
        self.insert_young(&mut generations, key.clone(), known.clone());
        Some(known.value)
    }

    /// Keeps an answer that weighs one.
    pub(crate) fn insert(&self, key: K, value: V) {
        self.insert_weighed(key, value, 1);
    }

    /// Keeps an answer, unless it would fill a generation by itself.
    pub(crate) fn insert_weighed(&self, key: K, value: V, weight: usize) {
        let mut generations = self.lock();
        generations.old.remove(&key);
        self.insert_young(&mut generations, key, Weighed { value, weight });
    }

    fn insert_young(&self, generations: &mut Generations<K, V>, key: K, known: Weighed<V>) {
        let half = self.weight_max / 2;
        if known.weight > half {
            return;
        }
        if let Some(replaced) = generations.young.remove(&key) {
            generations.young_weight -= replaced.weight;
        }
        if generations.young_weight + known.weight > half {
            generations.old = std::mem::take(&mut generations.young);
            generations.young_weight = 0;
        }
        generations.young_weight += known.weight;
        generations.young.insert(key, known);
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
