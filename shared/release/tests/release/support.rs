//! A plain map as the model, a repository that counts what is asked of it, and random histories.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;

use kernel::ContentHash;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use release::{
    Change, Edits, Entry, EntryKind, KeyRange, NewNode, NodeStore, Page, ReleaseError, Root,
    RouteKey, Step,
};

/// What a map of routes is modelled by.
pub(crate) type Model = BTreeMap<RouteKey, Entry>;

/// Every run of the tests tries the same cases.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_260_101),
        ..ProptestConfig::default()
    }
}

/// All nodes ever written, as bytes.
#[derive(Default)]
pub(crate) struct Repository {
    nodes: BTreeMap<ContentHash, Vec<u8>>,
    reads: Cell<usize>,
    rounds: Cell<usize>,
}

impl Repository {
    /// Runs an operation on a store that knows nothing yet.
    pub(crate) fn run<T>(&self, step: impl Fn(&NodeStore) -> Result<Step<T>, ReleaseError>) -> T {
        self.reads.set(0);
        self.rounds.set(0);
        let fetch = |hashes: &[ContentHash]| {
            self.reads.set(self.reads.get() + hashes.len());
            self.rounds.set(self.rounds.get() + 1);
            let answer = hashes.iter().map(|hash| self.nodes[hash].clone()).collect();
            Ok::<Vec<Vec<u8>>, Infallible>(answer)
        };
        release::drive(&mut NodeStore::new(), fetch, step).unwrap()
    }

    /// Nodes that the last operation read.
    pub(crate) fn reads(&self) -> usize {
        self.reads.get()
    }

    /// Times that the last operation had to wait for nodes.
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.get()
    }

    /// Every node, by name.
    pub(crate) fn nodes(&self) -> &BTreeMap<ContentHash, Vec<u8>> {
        &self.nodes
    }

    pub(crate) fn keep(&mut self, nodes: Vec<NewNode>) {
        for node in nodes {
            assert!(node.bytes.len() <= release::limits::NODE_BYTES_MAX);
            assert_eq!(ContentHash::of(&node.bytes), node.hash);
            self.nodes.insert(node.hash, node.bytes);
        }
    }

    /// Edits a map; returns its new root and the number of nodes written.
    pub(crate) fn edit(&mut self, root: &Root, edits: &Edits) -> (Root, usize) {
        let edited = self.run(|store| release::apply(store, root, edits));
        let written = edited.nodes.len();
        self.keep(edited.nodes);
        (edited.root, written)
    }

    /// Makes a map in one go.
    pub(crate) fn build(&mut self, model: &Model) -> Root {
        self.edit(&Root::empty(), &edits_of(model)).0
    }

    pub(crate) fn all(&self, root: &Root) -> Model {
        let page = self.run(|store| release::range(store, root, &KeyRange::all(), usize::MAX));
        assert_eq!(page.more_after, None);
        page.items.into_iter().collect()
    }

    pub(crate) fn diff(&self, before: &Root, after: &Root) -> Vec<Change> {
        let page: Page<Change> =
            self.run(|store| release::diff(store, before, after, None, usize::MAX));
        assert_eq!(page.more_after, None);
        page.items
    }
}

pub(crate) fn edits_of(model: &Model) -> Edits {
    model
        .iter()
        .map(|(key, entry)| (key.clone(), Some(*entry)))
        .collect()
}

pub(crate) fn key(text: &str) -> RouteKey {
    text.parse().unwrap()
}

pub(crate) fn page_entry(version: u64) -> Entry {
    Entry {
        kind: EntryKind::Page,
        object: ContentHash::of(&version.to_be_bytes()),
    }
}

/// A key for each number, from all spaces, short and long.
pub(crate) fn numbered_key(number: u32) -> RouteKey {
    match number % 8 {
        0..=3 => key(&format!("p/{}/{number}", number % 7)),
        4 => key(&format!(
            "p/a-longer-path-as-people-write-them/with-a-title/{number:06}"
        )),
        5 => key(&format!(
            "l/blog/{:013x}/{number}",
            0x8_0000_0000_0000_u64 + u64::from(number)
        )),
        6 => key(&format!("b/block-{number}")),
        _ => key(&format!(
            "p/{}{number}",
            "x".repeat(300 + number as usize % 200)
        )),
    }
}

/// An entry that may stand at `key`.
pub(crate) fn fitting_entry(key: &RouteKey, version: u8) -> Entry {
    let kind = match key.as_str().split('/').next().unwrap() {
        "p" if version.is_multiple_of(5) => EntryKind::Redirect,
        "p" => EntryKind::Page,
        "l" => EntryKind::ListItem,
        _ => EntryKind::Block,
    };
    let object = ContentHash::of(&[version]);
    Entry { kind, object }
}

/// Some edits, with more entries put than taken away.
pub(crate) fn edits(keys: u32, count: usize) -> impl Strategy<Value = Edits> {
    let edit = (0..keys, prop::option::weighted(0.6, any::<u8>()));
    prop::collection::vec(edit, 0..count).prop_map(|edits| {
        let edit = |(number, version): (u32, Option<u8>)| {
            let key = numbered_key(number);
            let entry = version.map(|version| fitting_entry(&key, version));
            (key, entry)
        };
        edits.into_iter().map(edit).collect()
    })
}

/// A map of any size up to about `keys` entries.
pub(crate) fn model(keys: u32) -> impl Strategy<Value = Model> {
    (0..=keys, 1..5_u32, any::<u8>()).prop_map(|(keys, step, version)| {
        let numbers = (0..keys).step_by(step as usize);
        numbers
            .map(numbered_key)
            .map(|key| (key.clone(), fitting_entry(&key, version)))
            .collect()
    })
}

pub(crate) fn patch(model: &Model, edits: &Edits) -> Model {
    let mut patched = model.clone();
    for (key, entry) in edits {
        match entry {
            Some(entry) => patched.insert(key.clone(), *entry),
            None => patched.remove(key),
        };
    }
    patched
}

/// The changes between two plain maps.
pub(crate) fn model_diff(before: &Model, after: &Model) -> Vec<Change> {
    let mut keys: Vec<&RouteKey> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .map(|key| Change {
            key: key.clone(),
            before: before.get(key).copied(),
            after: after.get(key).copied(),
        })
        .filter(|change| change.before != change.after)
        .collect()
}
