//! Edits, look-ups, ranges and differences equal a plain map's.

use std::ops::Bound;

use proptest::prelude::*;
use release::{Edits, KeyRange, Root};

use super::support::{
    Model, Repository, config, edits, edits_of, key, model, model_diff, numbered_key, page_entry,
    patch,
};

#[derive(Debug, Clone)]
enum Act {
    Edit(Edits),
    /// Goes back to an earlier state and on from there.
    RollBack(prop::sample::Index),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => edits(600, 120).prop_map(Act::Edit),
        2 => edits(600, 3).prop_map(Act::Edit),
        1 => any::<prop::sample::Index>().prop_map(Act::RollBack),
    ]
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn same_content_has_the_same_root_whatever_the_history(
        start in model(700),
        acts in prop::collection::vec(act(), 1..8),
    ) {
        let mut repository = Repository::default();
        let mut states: Vec<(Model, Root)> = vec![(start.clone(), repository.build(&start))];
        for act in acts {
            let (model, root) = states.last().unwrap().clone();
            let state = match act {
                Act::Edit(edits) => {
                    let edited = repository.run(|store| release::apply(store, &root, &edits));
                    let written: Vec<_> = edited.nodes.iter().map(|node| node.hash).collect();
                    repository.keep(edited.nodes);
                    let root = edited.root;
                    let named = repository.run(|store| release::reachable(store, &root, &<_>::default()));
                    prop_assert!(written.iter().all(|hash| named.nodes.contains(hash)));
                    (patch(&model, &edits), root)
                }
                Act::RollBack(index) => states[index.index(states.len())].clone(),
            };
            prop_assert_eq!(&state.1, &repository.build(&state.0));
            prop_assert_eq!(&repository.all(&state.1), &state.0);
            states.push(state);
        }
    }

    #[test]
    fn the_order_and_grouping_of_edits_leave_no_trace(
        model in model(500),
        order in any::<u64>(),
        batch in 1..200_usize,
    ) {
        let mut shuffled: Vec<_> = edits_of(&model).into_iter().collect();
        shuffled.sort_by_key(|(key, _)| {
            kernel::ContentHash::of_parts(&[&order.to_be_bytes(), key.as_str().as_bytes()])
        });
        let mut repository = Repository::default();
        let mut root = Root::empty();
        for batch in shuffled.chunks(batch) {
            root = repository.edit(&root, &batch.iter().cloned().collect()).0;
        }
        prop_assert_eq!(&root, &repository.build(&model));
        // The way back leaves no trace either.
        for batch in shuffled.chunks(batch) {
            let removals = batch.iter().map(|(key, _)| (key.clone(), None)).collect();
            root = repository.edit(&root, &removals).0;
        }
        prop_assert_eq!(root, Root::empty());
    }

    #[test]
    fn edits_that_change_nothing_write_nothing(model in model(700), at in any::<prop::sample::Index>()) {
        let mut repository = Repository::default();
        let root = repository.build(&model);
        let mut idle: Edits = Edits::from([(key("p/never-there"), None)]);
        if let Some((key, entry)) = model.iter().nth(at.index(model.len().max(1))) {
            idle.insert(key.clone(), Some(*entry));
        }
        prop_assert_eq!(repository.edit(&root, &idle), (root, 0));
    }

    #[test]
    fn lookups_equal_the_plain_map(model in model(900), numbers in prop::collection::vec(0..1000_u32, 1..40)) {
        let mut repository = Repository::default();
        let root = repository.build(&model);
        for key in numbers.into_iter().map(numbered_key) {
            let found = repository.run(|store| release::lookup(store, &root, &key));
            prop_assert_eq!(found, model.get(&key).copied());
            prop_assert!(repository.reads() <= usize::from(root.levels()));
        }
    }

    #[test]
    fn ranges_equal_the_plain_map(
        model in model(900),
        from in 0..1000_u32,
        to in 0..1000_u32,
        limit in 0..120_usize,
    ) {
        let mut repository = Repository::default();
        let root = repository.build(&model);
        let (from, to) = (numbered_key(from.min(to)), numbered_key(from.max(to)));
        let (from, to) = (from.clone().min(to.clone()), from.max(to));
        let mut keys = KeyRange::between(Bound::Included(&from), Bound::Excluded(&to));
        let mut expected = model.range(from..to).map(|(key, entry)| (key.clone(), *entry));
        loop {
            let page = repository.run(|store| release::range(store, &root, &keys, limit));
            let expected: Vec<_> = expected.by_ref().take(limit).collect();
            prop_assert_eq!(&page.items, &expected);
            match page.more_after {
                Some(last) => {
                    prop_assert_eq!(page.items.len(), limit);
                    prop_assert_eq!(&last, &page.items.last().unwrap().0);
                    keys = keys.after(&last);
                }
                None => break,
            }
        }
        prop_assert!(limit == 0 || expected.next().is_none());
    }

    #[test]
    fn differences_equal_the_plain_maps(before in model(700), other in model(700), edits in edits(900, 60)) {
        let mut repository = Repository::default();
        let root = repository.build(&before);
        for after in [patch(&before, &edits), other, Model::new(), before.clone()] {
            let after_root = repository.build(&after);
            prop_assert_eq!(repository.diff(&root, &after_root), model_diff(&before, &after));
            prop_assert_eq!(repository.diff(&after_root, &root), model_diff(&after, &before));
        }
    }

    #[test]
    fn pages_of_a_difference_make_the_whole(before in model(700), edits in edits(900, 60), limit in 1..20_usize) {
        let mut repository = Repository::default();
        let root = repository.build(&before);
        let (after, _) = repository.edit(&root, &edits);
        let whole = repository.diff(&root, &after);
        let mut pages = Vec::new();
        let mut start = None;
        loop {
            let page = repository.run(|store| release::diff(store, &root, &after, start.as_ref(), limit));
            prop_assert!(page.items.len() <= limit);
            pages.extend(page.items);
            start = page.more_after;
            if start.is_none() { break; }
        }
        prop_assert_eq!(pages, whole);
    }

    #[test]
    fn everything_reachable_is_named_and_nothing_else(model in model(700), edits in edits(900, 40)) {
        let mut repository = Repository::default();
        let root = repository.build(&model);
        let known = repository.run(|store| release::reachable(store, &root, &<_>::default()));
        let names: Vec<_> = repository.nodes().keys().copied().collect();
        prop_assert_eq!(known.nodes.iter().copied().collect::<Vec<_>>(), names);
        let objects = model.values().map(|entry| entry.object).collect();
        prop_assert_eq!(&known.objects, &objects);

        let edited = repository.run(|store| release::apply(store, &root, &edits));
        let added: std::collections::BTreeSet<_> =
            edited.nodes.iter().map(|node| node.hash).filter(|hash| !known.nodes.contains(hash)).collect();
        repository.keep(edited.nodes);
        let found = repository.run(|store| release::reachable(store, &edited.root, &known));
        prop_assert_eq!(repository.reads(), added.len());
        prop_assert_eq!(found.nodes, added);
    }
}

#[test]
fn a_small_map_is_whole_in_its_root() {
    let model: Model = (0..40)
        .map(|page| (key(&format!("p/page-{page}")), page_entry(page)))
        .collect();
    let mut repository = Repository::default();
    let root = repository.build(&model);
    assert_eq!((root.levels(), repository.nodes().len()), (0, 0));
}

#[test]
fn an_entry_cannot_stand_in_another_space() {
    let edits = Edits::from([(key("b/footer"), Some(page_entry(1)))]);
    let refused = release::apply(&release::NodeStore::new(), &Root::empty(), &edits);
    assert_eq!(
        refused,
        Err(release::ReleaseError::MisplacedKind(key("b/footer")))
    );
}
