//! Three-way merges equal a plain map's, key by key.

use proptest::prelude::*;
use release::{Conflict, RouteMerge};

use super::support::{Model, Repository, config, edits, model, patch};

fn model_merge(base: &Model, ours: &Model, theirs: &Model) -> Result<Model, Vec<Conflict>> {
    let mut merged = ours.clone();
    let mut conflicts = Vec::new();
    let keys: std::collections::BTreeSet<_> = base.keys().chain(theirs.keys()).collect();
    for key in keys {
        let at = |side: &Model| side.get(key).copied();
        let (base, ours, theirs) = (at(base), at(ours), at(theirs));
        if theirs == base || theirs == ours {
            continue;
        }
        if ours != base {
            conflicts.push(Conflict {
                key: key.clone(),
                base,
                ours,
                theirs,
            });
        }
        match theirs {
            Some(entry) => merged.insert(key.clone(), entry),
            None => merged.remove(key),
        };
    }
    if conflicts.is_empty() {
        Ok(merged)
    } else {
        Err(conflicts)
    }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn merges_equal_the_plain_map(
        base in model(600),
        our_edits in edits(800, 25),
        their_edits in edits(800, 25),
    ) {
        let (ours, theirs) = (patch(&base, &our_edits), patch(&base, &their_edits));
        let mut repository = Repository::default();
        let roots = [&base, &ours, &theirs].map(|model| repository.build(model));
        let merge = repository.run(|store| {
            release::merge_routes(store, &roots[0], &roots[1], &roots[2])
        });
        match (merge, model_merge(&base, &ours, &theirs)) {
            (RouteMerge::Merged(edited), Ok(expected)) => {
                repository.keep(edited.nodes);
                prop_assert_eq!(&edited.root, &repository.build(&expected));
                prop_assert_eq!(repository.all(&edited.root), expected);
            }
            (RouteMerge::Conflicts(conflicts), Err(expected)) => prop_assert_eq!(conflicts, expected),
            (merge, expected) => panic!("{merge:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn disjoint_edits_merge_in_either_direction(base in model(600), edits in edits(800, 40)) {
        let (even, odd): (Vec<_>, Vec<_>) =
            edits.into_iter().enumerate().partition(|(index, _)| index % 2 == 0);
        let [ours, theirs] = [even, odd].map(|edits| {
            patch(&base, &edits.into_iter().map(|(_, edit)| edit).collect())
        });
        let mut repository = Repository::default();
        let roots = [&base, &ours, &theirs].map(|model| repository.build(model));
        let [one, other] = [(1, 2), (2, 1)].map(|(left, right)| {
            repository.run(|store| {
                release::merge_routes(store, &roots[0], &roots[left], &roots[right])
            })
        });
        let (RouteMerge::Merged(one), RouteMerge::Merged(other)) = (one, other) else {
            panic!("disjoint edits conflict");
        };
        prop_assert_eq!(one.root, other.root);
    }
}
