//! Immutable objects in a warm environment's memory, under their hashes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::ContentHash;

type Objects = BTreeMap<ContentHash, Arc<[u8]>>;

/// What an entry takes beside its object, in bytes: the hash, the pointer and the counts, in nodes of
/// a map that are half full at least.
const ENTRY_BYTES: usize = 128;

/// A cache of objects, bounded in bytes of memory. It keeps two generations: what is asked for moves to
/// the young one; when that is half the bound, it becomes the old one and the old one is forgotten.
#[derive(Debug)]
pub struct ObjectCache {
    bytes_max: usize,
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: Objects,
    /// What the young generation takes.
    young_bytes: usize,
    old: Objects,
}

/// Returns what an object takes in memory, at most. Allocators serve blocks of certain sizes, which are
/// a quarter apart at most.
fn taken(object: &[u8]) -> usize {
    object.len() + object.len() / 4 + ENTRY_BYTES
}

impl ObjectCache {
    /// Makes a cache that takes at most `bytes_max` bytes of memory.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            generations: Mutex::default(),
        }
    }

    /// Returns an object that is in memory.
    pub fn get(&self, hash: &ContentHash) -> Option<Arc<[u8]>> {
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(object) = generations.young.get(hash) {
            return Some(Arc::clone(object));
        }
        let object = generations.old.remove(hash)?;
        self.insert_young(&mut generations, *hash, Arc::clone(&object));
        Some(object)
    }

    /// Keeps an object.
    pub fn insert(&self, hash: ContentHash, object: Arc<[u8]>) {
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.insert_young(&mut generations, hash, object);
    }

    fn insert_young(&self, generations: &mut Generations, hash: ContentHash, object: Arc<[u8]>) {
        let half = self.bytes_max / 2;
        let bytes = taken(&object);
        if bytes > half {
            return;
        }
        if generations.young_bytes + bytes > half {
            generations.old = std::mem::take(&mut generations.young);
            generations.young_bytes = 0;
        }
        generations.young_bytes += bytes;
        if let Some(replaced) = generations.young.insert(hash, object) {
            generations.young_bytes -= taken(&replaced);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::ContentHash;

    use super::{ENTRY_BYTES, ObjectCache};

    /// What each object of the tests takes.
    const TAKEN: usize = 10 + 2 + ENTRY_BYTES;

    fn object(number: u8) -> (ContentHash, Arc<[u8]>) {
        let bytes = [number; 10];
        (ContentHash::of(&bytes), Arc::from(bytes))
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let cache = ObjectCache::new(4 * TAKEN);
        let (asked_for, bytes) = object(0);
        cache.insert(asked_for, bytes);
        for number in 1..10 {
            let (hash, bytes) = object(number);
            cache.insert(hash, bytes);
            assert!(cache.get(&asked_for).is_some(), "after object {number}");
        }
        assert!(cache.get(&object(1).0).is_none());
    }

    #[test]
    fn what_an_object_takes_is_not_its_length_alone() {
        let kept = |bytes_max: usize| {
            let cache = ObjectCache::new(bytes_max);
            for (hash, bytes) in [0, 1, 2, 3].map(object) {
                cache.insert(hash, bytes);
            }
            let generations = cache.generations.lock().unwrap();
            generations.young.len() + generations.old.len()
        };
        assert_eq!(kept(4 * TAKEN), 4);
        assert_eq!(kept(4 * TAKEN - 1), 2);
    }

    #[test]
    fn an_object_that_would_fill_the_cache_is_not_kept() {
        let (hash, bytes) = object(0);
        for (bytes_max, is_kept) in [(2 * TAKEN - 1, false), (2 * TAKEN, true)] {
            let cache = ObjectCache::new(bytes_max);
            cache.insert(hash, Arc::clone(&bytes));
            assert_eq!(cache.get(&hash).is_some(), is_kept, "{bytes_max}");
        }
    }
}
