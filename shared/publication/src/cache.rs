//! Immutable objects in a warm environment's memory, under their hashes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::ContentHash;

type Objects = BTreeMap<ContentHash, Arc<[u8]>>;

/// A cache of objects, bounded in bytes. It keeps two generations: what is asked for moves to the
/// young one; when that is half the bound, it becomes the old one and the old one is forgotten.
#[derive(Debug)]
pub struct ObjectCache {
    bytes_max: usize,
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: Objects,
    young_bytes: usize,
    old: Objects,
}

impl ObjectCache {
    /// Makes a cache of at most `bytes_max` bytes of objects.
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
        if object.len() > half {
            return;
        }
        if generations.young_bytes.saturating_add(object.len()) > half {
            generations.old = std::mem::take(&mut generations.young);
            generations.young_bytes = 0;
        }
        generations.young_bytes = generations.young_bytes.saturating_add(object.len());
        if let Some(replaced) = generations.young.insert(hash, object) {
            generations.young_bytes = generations.young_bytes.saturating_sub(replaced.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::ContentHash;

    use super::ObjectCache;

    fn object(number: u8) -> (ContentHash, Arc<[u8]>) {
        let bytes = [number; 10];
        (ContentHash::of(&bytes), Arc::from(bytes))
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let cache = ObjectCache::new(40);
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
    fn an_object_that_would_fill_the_cache_is_not_kept() {
        let cache = ObjectCache::new(18);
        let (hash, bytes) = object(0);
        cache.insert(hash, bytes);
        assert!(cache.get(&hash).is_none());
    }
}
