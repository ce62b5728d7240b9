//! The text and the meaning of the encodings of a sample.

use std::collections::BTreeMap;

use kernel::{ContentHash, text};
use release::{KeyRange, NodeStore, Step, Tree};
use serde_json::{Value, json};

use super::samples::Sample;

/// The tree first, then its nodes in the order of their names, one encoding a line.
pub(crate) fn hex(sample: &Sample) -> String {
    std::iter::once(sample.tree.encode())
        .chain(sample.nodes.values().cloned())
        .map(|bytes| text::to_hex(&bytes) + "\n")
        .collect()
}

/// What the encodings say, to be held against what they said when they were recorded.
pub(crate) fn describe(tree: &Tree, nodes: &BTreeMap<ContentHash, Vec<u8>>) -> Value {
    let mut store = NodeStore::new();
    for (hash, bytes) in nodes {
        store.insert_bytes(*hash, bytes).unwrap();
    }
    let all = release::range(&store, &tree.routes, &KeyRange::all(), usize::MAX).unwrap();
    let Step::Done(routes) = all else {
        panic!("a node is not recorded: {all:?}");
    };
    let routes = routes
        .items
        .into_iter()
        .map(|(key, entry)| json!([key.as_str(), entry.kind.code(), entry.object]));
    let plugins = tree.plugins.as_slice().iter().map(|plugin| {
        let permissions: Vec<_> = plugin.permissions.iter().map(ToString::to_string).collect();
        let settings = plugin.settings.members();
        json!({"package": plugin.package, "settings": settings, "permissions": permissions})
    });
    json!({
        "id": tree.id(),
        "theme": {
            "package": tree.theme.package,
            "id": tree.theme.id,
            "settings": tree.theme.settings.members(),
        },
        "plugins": plugins.collect::<Vec<_>>(),
        "config": tree.config.members(),
        "levels": tree.routes.levels(),
        "nodes": nodes.keys().collect::<Vec<_>>(),
        "routes": routes.collect::<Vec<_>>(),
    })
}
