//! Batches as the queues and the bus take them.

/// Entries of one batch.
pub(crate) const ENTRIES_MAX: usize = 10;

/// Bytes of one batch: what SQS and EventBridge took at the least, everywhere.
pub(crate) const BYTES_MAX: usize = 262_144;

/// Cuts `entries` into batches, in order. One that is too large for any batch is in one alone: to
/// say so is for whoever refuses it.
pub(crate) fn batches<T>(entries: Vec<T>, bytes: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    let mut filled = 0_usize;
    for entry in entries {
        let size = bytes(&entry);
        match batches.last_mut() {
            Some(batch)
                if batch.len() < ENTRIES_MAX && filled.saturating_add(size) <= BYTES_MAX =>
            {
                batch.push(entry);
                filled += size;
            }
            _ => {
                batches.push(vec![entry]);
                filled = size;
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::{BYTES_MAX, ENTRIES_MAX, batches};

    #[test]
    fn no_batch_has_too_much_and_nothing_is_lost_or_moved() {
        let tables: [(Vec<usize>, Vec<usize>); 7] = [
            (vec![], vec![]),
            (vec![1; ENTRIES_MAX], vec![ENTRIES_MAX]),
            (vec![1; ENTRIES_MAX + 1], vec![ENTRIES_MAX, 1]),
            (vec![BYTES_MAX, 1], vec![1, 1]),
            (vec![1, BYTES_MAX], vec![1, 1]),
            (vec![BYTES_MAX - 1, 1, 1], vec![2, 1]),
            (vec![1, BYTES_MAX + 1, 1], vec![1, 1, 1]),
        ];
        for (sizes, expected) in tables {
            let made = batches(sizes.clone(), |size| *size);
            let lengths: Vec<usize> = made.iter().map(Vec::len).collect();
            assert_eq!(lengths, expected, "{sizes:?}");
            assert_eq!(made.concat(), sizes);
        }
    }
}
