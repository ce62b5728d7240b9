//! Keys chosen to cut badly: every node keeps its bounds, and the shape still has no history.

use kernel::ContentHash;
use release::limits::{NODE_BYTES_MAX, NODE_BYTES_MIN, NODE_ITEMS_MEAN};
use release::{Change, Edits, Root, RouteKey};

use super::support::{Model, Repository, key, page_entry};

/// The hash by which the format cuts, written a second time.
fn rank(level: u8, key: &RouteKey) -> u64 {
    let hash = ContentHash::of_parts(&[&[level], key.as_str().as_bytes()]);
    u64::from_be_bytes(*hash.as_bytes().first_chunk().unwrap())
}

fn ends_run(level: u8, key: &RouteKey) -> bool {
    rank(level, key) < u64::MAX / NODE_ITEMS_MEAN
}

/// For each number the first key that is as bad as wanted.
fn grind(count: u64, is_wanted: impl Fn(u64, &RouteKey) -> bool) -> Model {
    let find = |number: u64| {
        (0..u32::MAX)
            .map(|attempt| key(&format!("p/{number:05}-{attempt:x}")))
            .find(|key| is_wanted(number, key))
            .unwrap()
    };
    (0..count)
        .map(|number| (find(number), page_entry(number)))
        .collect()
}

/// Builds the map in one go and key by key from both ends; returns it if all agree.
fn check(model: &Model) -> (Repository, Root) {
    let mut repository = Repository::default();
    let root = repository.build(model);
    let mut grown = Root::empty();
    let mut entries: Vec<_> = model.iter().collect();
    while !entries.is_empty() {
        let from_end = entries.len().is_multiple_of(2);
        let (key, entry) = entries.remove(if from_end { entries.len() - 1 } else { 0 });
        grown = repository
            .edit(&grown, &Edits::from([(key.clone(), Some(*entry))]))
            .0;
    }
    assert_eq!(grown, root);
    assert_eq!(&repository.all(&root), model);
    for (key, entry) in model {
        let less = Edits::from([(key.clone(), None)]);
        let (without, _) = repository.edit(&root, &less);
        let only = Change {
            key: key.clone(),
            before: Some(*entry),
            after: None,
        };
        let first = repository.run(|store| release::diff(store, &root, &without, None, 1));
        assert_eq!((first.items, first.more_after), (vec![only], None));
        let again = Edits::from([(key.clone(), Some(*entry))]);
        assert_eq!(repository.edit(&without, &again).0, root);
    }
    (repository, root)
}

/// The sizes of the nodes of a map.
fn sizes(repository: &Repository, root: &Root) -> Vec<usize> {
    let reachable = repository.run(|store| release::reachable(store, root, &<_>::default()));
    reachable
        .nodes
        .iter()
        .map(|hash| repository.nodes()[hash].len())
        .collect()
}

#[test]
fn keys_that_never_end_a_run_are_cut_by_size() {
    let (repository, root) = check(&grind(350, |_, key| !ends_run(0, key)));
    for size in sizes(&repository, &root) {
        assert!((NODE_BYTES_MIN..=NODE_BYTES_MAX).contains(&size), "{size}");
    }
}

#[test]
fn keys_that_all_end_runs_on_two_levels_still_come_together() {
    let (_, root) = check(&grind(300, |_, key| ends_run(0, key) && ends_run(1, key)));
    assert!((3..=4).contains(&root.levels()), "{}", root.levels());
}

#[test]
fn ascending_hashes_leave_no_crumbs() {
    let count = 300;
    let (repository, root) = check(&grind(count, |number, key| {
        !ends_run(0, key) && rank(0, key) / (u64::MAX / (2 * count)) == count + number
    }));
    for size in sizes(&repository, &root) {
        assert!((NODE_BYTES_MIN..=NODE_BYTES_MAX).contains(&size), "{size}");
    }
}

#[test]
fn the_longest_keys_keep_the_cap() {
    let model = (0..200_u64)
        .map(|number| (key(&format!("p/{number:0510}")), page_entry(number)))
        .collect();
    let (repository, root) = check(&model);
    assert!(
        sizes(&repository, &root)
            .iter()
            .all(|size| *size <= NODE_BYTES_MAX)
    );
}

#[test]
fn a_run_falls_apart_and_comes_together_again() {
    let model = grind(500, |_, key| !ends_run(0, key));
    let splitter = grind(1, |_, key| ends_run(0, key));
    let splitter = splitter
        .keys()
        .next()
        .unwrap()
        .as_str()
        .replace("p/00000", "p/00250");
    let splitter = (0..u32::MAX)
        .map(|attempt| key(&format!("{splitter}{attempt:x}")))
        .find(|key| ends_run(0, key))
        .unwrap();
    let mut repository = Repository::default();
    let root = repository.build(&model);
    let put = Edits::from([(splitter.clone(), Some(page_entry(1)))]);
    let (split, _) = repository.edit(&root, &put);
    let mut with_splitter = model.clone();
    with_splitter.insert(splitter.clone(), page_entry(1));
    assert_eq!(split, repository.build(&with_splitter));
    assert_eq!(
        repository.edit(&split, &Edits::from([(splitter, None)])).0,
        root
    );
}
