//! Trees whose encodings are recorded in the corpus. Existing samples never change; new features
//! bring new ones.

use std::collections::BTreeMap;

use kernel::ContentHash;
use release::{
    Edits, Entry, EntryKind, NodeStore, Permissions, PluginReference, Plugins, Root, Settings,
    Step, ThemeReference, Tree,
};
use serde_json::{Value, json};

/// A tree and the nodes of its map.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) tree: Tree,
    pub(crate) nodes: BTreeMap<ContentHash, Vec<u8>>,
}

pub(crate) fn settings(value: &Value) -> Settings {
    Settings::new(value.as_object().unwrap()).unwrap()
}

pub(crate) fn plugin(number: usize) -> PluginReference {
    PluginReference {
        package: ContentHash::of(format!("plugin {number}").as_bytes()),
        settings: settings(&json!({"number": number})),
        permissions: Permissions::new(
            ["read-page", "write-head"]
                .into_iter()
                .map(|name| name.parse().unwrap())
                .collect(),
        )
        .unwrap(),
    }
}

pub(crate) fn tree_with(config: Settings) -> Tree {
    Tree {
        theme: ThemeReference {
            package: ContentHash::of(b"theme"),
            id: "folio".parse().unwrap(),
            settings: Settings::empty(),
        },
        plugins: Plugins::default(),
        config,
        routes: Root::empty(),
    }
}

fn with_routes(name: &'static str, tree: Tree, keys: impl Iterator<Item = String>) -> Sample {
    let edits: Edits = keys
        .map(|text| {
            let kind = match text.split('/').next() {
                Some("l") => EntryKind::ListItem,
                Some("b") => EntryKind::Block,
                _ if text.ends_with("-moved") => EntryKind::Redirect,
                _ => EntryKind::Page,
            };
            let object = ContentHash::of(text.as_bytes());
            (text.parse().unwrap(), Some(Entry { kind, object }))
        })
        .collect();
    match release::apply(&NodeStore::new(), &tree.routes, &edits).unwrap() {
        Step::Done(edited) => Sample {
            name,
            tree: Tree {
                routes: edited.root,
                ..tree
            },
            nodes: edited
                .nodes
                .into_iter()
                .map(|node| (node.hash, node.bytes))
                .collect(),
        },
        Step::Need(needed) => panic!("an empty map needs no nodes: {needed:?}"),
    }
}

pub(crate) fn samples() -> Vec<Sample> {
    let empty = tree_with(Settings::empty());
    let mut small = tree_with(settings(&json!({
        "locale": "en-GB", "navigation": [{"label": "Home", "path": "/"}, {"label": "Über uns", "path": "/about"}],
        "flags": {"search": true, "comments": false}, "seo": null,
    })));
    small.theme.settings = settings(&json!({
        "accent": "#0a5", "columns": 3, "shift": -70_000, "ratio": 1.5, "large": u64::MAX,
    }));
    small.plugins = Plugins::new(vec![plugin(2), plugin(1)]).unwrap();
    let spaces = [
        "p/",
        "p/about",
        "p/old-moved",
        "b/footer",
        "l/blog/7fe5f0f8b9c00/first-post",
    ];
    let pages = |count: u32| (0..count).map(|page| format!("p/section-{}/page-{page}", page % 9));
    let posts = |count: u64| {
        (0..count).map(|post| format!("l/blog/{:013x}/post-{post}", 0x7_fe50_0000_0000 + post))
    };
    let long = (0..90).map(|page| format!("p/{page:0>500}"));
    vec![
        with_routes("v1-empty", empty.clone(), std::iter::empty()),
        with_routes(
            "v1-small",
            small.clone(),
            spaces.into_iter().map(str::to_owned),
        ),
        with_routes("v1-one-level", empty, pages(120).chain(posts(80))),
        with_routes("v1-two-levels", small, long.chain(posts(80))),
    ]
}
