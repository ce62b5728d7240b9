//! What operations cost, in nodes: logarithmic in the map, linear in the changes.

use kernel::{Entropy, SeededEntropy};
use release::{Edits, Identifier, KeyRange, Root, RouteKey};

use super::support::{Model, Repository, fitting_entry, key, page_entry};

struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_be_bytes(bytes) % limit
    }
}

fn page(number: u64) -> RouteKey {
    key(&format!("p/articles/{number:x}-about-something"))
}

fn site(pages: u64) -> (Repository, Root) {
    let model: Model = (0..pages)
        .map(|number| (page(number * 2), page_entry(number)))
        .collect();
    let mut repository = Repository::default();
    let root = repository.build(&model);
    (repository, root)
}

/// Publishes single pages of a site; returns the most and the sum of nodes written.
fn publish(pages: u64, edit: impl Fn(&Dice) -> (RouteKey, bool)) -> (usize, usize, Root) {
    let (mut repository, root) = site(pages);
    let dice = Dice(SeededEntropy::new(7));
    let mut written = Vec::new();
    for round in 0..100 {
        let (key, is_put) = edit(&dice);
        let edits = Edits::from([(key, is_put.then(|| page_entry(1_000_000 + round)))]);
        let (_, nodes) = repository.edit(&root, &edits);
        assert!(
            repository.reads() <= 6 * usize::from(root.levels()),
            "{}",
            repository.reads()
        );
        written.push(nodes);
    }
    (*written.iter().max().unwrap(), written.iter().sum(), root)
}

#[test]
fn publishing_one_page_writes_a_path() {
    for (pages, levels) in [(10, 0), (1_000, 1), (20_000, 2)] {
        let (most, _, root) = publish(pages, |dice| (page(dice.below(pages) * 2), true));
        assert_eq!(root.levels(), levels);
        assert_eq!(most, usize::from(levels), "a changed entry moves no cut");
    }
}

#[test]
fn new_and_removed_pages_write_little_more_than_a_path() {
    for (pages, levels) in [(1_000, 1), (20_000, 2)] {
        for is_put in [true, false] {
            let odd = u64::from(is_put);
            let (most, sum, root) =
                publish(pages, |dice| (page(dice.below(pages) * 2 + odd), is_put));
            assert_eq!(root.levels(), levels);
            let levels = usize::from(levels);
            assert!(most <= 4 * levels, "{most} nodes of {levels} levels");
            assert!(sum <= 100 * levels * 3 / 2, "{sum} nodes for 100 edits");
        }
    }
}

#[test]
fn an_edit_waits_once_a_level() {
    let (mut repository, root) = site(20_000);
    repository.edit(&root, &Edits::from([(page(4_242), Some(page_entry(9)))]));
    assert_eq!((repository.reads(), repository.rounds()), (2, 2));
    let many = (0..50)
        .map(|number| (page(number * 791), Some(page_entry(9))))
        .collect();
    repository.edit(&root, &many);
    assert_eq!(
        repository.rounds(),
        2,
        "nodes of one level are fetched together"
    );
}

#[test]
fn a_difference_costs_its_changes() {
    let (mut repository, root) = site(20_000);
    for changes in [1, 10, 100_u64] {
        let edits: Edits = (0..changes)
            .map(|number| (page(number * 398), Some(page_entry(5_000_000))))
            .collect();
        let (after, _) = repository.edit(&root, &edits);
        let found = repository.diff(&root, &after);
        assert_eq!(found.len() as u64, changes);
        let bound = 2 * edits.len() * usize::from(root.levels());
        assert!(repository.reads() <= bound, "{} nodes", repository.reads());
        assert_eq!(repository.rounds(), usize::from(root.levels()));
        let first = repository.run(|store| release::diff(store, &root, &after, None, 1));
        assert_eq!(first.items, found[..1]);
        assert!(
            repository.reads() <= 6 * usize::from(root.levels()),
            "{}",
            repository.reads()
        );
    }
}

#[test]
fn a_page_of_a_list_reads_the_nodes_it_spans() {
    let list: Identifier = "blog".parse().unwrap();
    let model: Model = (0..20_000_i64)
        .map(|number| {
            let at = jiff::Timestamp::from_second(1_700_000_000 + number * 60).unwrap();
            let key = RouteKey::list_item(&list, at, &format!("post-{number}").parse().unwrap());
            (key.clone(), fitting_entry(&key, 1))
        })
        .collect();
    let mut repository = Repository::default();
    let root = repository.build(&model);
    let mut keys = KeyRange::list(&list);
    let (mut reads, mut pages) = (0, 0);
    loop {
        let page = repository.run(|store| release::range(store, &root, &keys, 50));
        reads += repository.reads();
        pages += 1;
        assert!(repository.rounds() <= 2 * usize::from(root.levels()));
        match page.more_after {
            Some(end) => keys = keys.after(&end),
            None => break,
        }
    }
    assert_eq!(pages, 400);
    assert!(reads <= pages * 8, "{reads} nodes for {pages} pages");
}
