//! What releases are made of, as it is stored.

use kernel::ContentHash;
use release::{
    Identifier, KeyRange, NodeStore, RouteKey, Settings, Tree, TreeId, VerifiedNode, lookup, range,
};
use serde_json::Value;

use crate::names::is_read_as_written;

/// Items of a list, at most.
const ITEMS_MAX: usize = 50;

/// Reads a tree and looks into its root.
pub(crate) fn tree(bytes: &[u8]) {
    let Ok(tree) = Tree::decode(bytes) else {
        return;
    };
    assert_eq!(tree.encode(), bytes);
    assert_eq!(tree.id().hash(), ContentHash::of(bytes));
    let store = NodeStore::new();
    let key: RouteKey = "p/about".parse().unwrap();
    // A root may name nodes that are not there; that is an answer too.
    let _ = lookup(&store, &tree.routes, &key);
    let _ = range(&store, &tree.routes, &KeyRange::pages(), ITEMS_MAX);
}

/// Reads a node.
pub(crate) fn node(bytes: &[u8]) {
    let hash = ContentHash::of(bytes);
    let Ok(node) = VerifiedNode::read(hash, bytes) else {
        return;
    };
    assert_eq!(node.encode(), bytes);
    assert_eq!(node.bytes(), bytes.len());
    assert!(VerifiedNode::read(ContentHash::of(b"other"), bytes).is_err());
}

/// Reads keys, and settings.
pub(crate) fn keys(bytes: &[u8]) {
    if let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(bytes)
        && let Ok(settings) = Settings::new(&members)
    {
        let again = Settings::new(settings.members()).unwrap();
        assert_eq!(again, settings);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(key) = text.parse::<RouteKey>() {
        assert_eq!(key.as_str(), text);
    }
    if let Ok(identifier) = text.parse::<Identifier>() {
        assert_eq!(identifier.as_str(), text);
    }
    if let Ok(id) = text.parse::<TreeId>() {
        assert_eq!(id.to_string(), text);
    }
    is_read_as_written::<ContentHash>(text);
}
