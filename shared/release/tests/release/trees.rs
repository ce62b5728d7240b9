//! Trees: their names, limits and merges.

use kernel::ContentHash;
use release::limits::{PERMISSIONS_MAX, PLUGINS_MAX};
use release::{
    Edits, NodeStore, Permissions, PluginReference, Plugins, Settings, Step, Tree, TreeLimitError,
    TreeMerge, TreePart,
};
use serde_json::{Value, json};

use super::samples::{plugin, settings, tree_with};
use super::support::{key, page_entry};

fn base() -> Tree {
    let mut tree = tree_with(settings(&json!({"locale": "en", "navigation": ["/"]})));
    tree.plugins = Plugins::new(vec![plugin(1), plugin(2)]).unwrap();
    tree
}

fn merge(base: &Tree, ours: &Tree, theirs: &Tree) -> TreeMerge {
    match release::merge_trees(&NodeStore::new(), base, ours, theirs).unwrap() {
        Step::Done(merge) => merge,
        Step::Need(needed) => panic!("small maps need no nodes: {needed:?}"),
    }
}

fn with_config(tree: &Tree, config: &Value) -> Tree {
    Tree {
        config: settings(config),
        ..tree.clone()
    }
}

fn with_page(tree: &Tree, path: &str, version: u64) -> Tree {
    let edits = Edits::from([(key(path), Some(page_entry(version)))]);
    match release::apply(&NodeStore::new(), &tree.routes, &edits).unwrap() {
        Step::Done(edited) => Tree {
            routes: edited.root,
            ..tree.clone()
        },
        Step::Need(needed) => panic!("small maps need no nodes: {needed:?}"),
    }
}

fn conflicts(base: &Tree, ours: &Tree, theirs: &Tree) -> (Vec<TreePart>, usize) {
    match merge(base, ours, theirs) {
        TreeMerge::Conflicts(conflicts) => (conflicts.parts, conflicts.routes.len()),
        TreeMerge::Merged { tree, .. } => panic!("merged to {tree:?}"),
    }
}

fn merged(base: &Tree, ours: &Tree, theirs: &Tree) -> Tree {
    let both = [(ours, theirs), (theirs, ours)].map(|(one, other)| merge(base, one, other));
    match both {
        [
            TreeMerge::Merged { tree, .. },
            TreeMerge::Merged { tree: other, .. },
        ] => {
            assert_eq!(tree.id(), other.id());
            *tree
        }
        both => panic!("{both:?}"),
    }
}

#[test]
fn every_part_has_its_say_in_the_name() {
    let tree = base();
    let mut trees = vec![
        tree.clone(),
        with_config(&tree, &json!({"locale": "de"})),
        with_page(&tree, "p/", 1),
        with_page(&tree, "p/", 2),
    ];
    trees.extend([
        Tree {
            plugins: Plugins::new(vec![plugin(2), plugin(1)]).unwrap(),
            ..tree.clone()
        },
        Tree {
            plugins: Plugins::default(),
            ..tree.clone()
        },
    ]);
    let mut themed = tree.clone();
    themed.theme.package = ContentHash::of(b"another");
    trees.push(themed);
    let mut themed = tree.clone();
    themed.theme.settings = settings(&json!({"accent": "blue"}));
    trees.push(themed);
    let mut themed = tree;
    themed.theme.id = "other".parse().unwrap();
    trees.push(themed);
    let ids: std::collections::BTreeSet<_> = trees.iter().map(Tree::id).collect();
    assert_eq!(ids.len(), trees.len());
    for tree in trees {
        assert_eq!(Tree::decode(&tree.encode()), Ok(tree));
    }
}

#[test]
fn different_parts_merge_by_themselves() {
    let base = base();
    let ours = with_config(&base, &json!({"locale": "de", "navigation": ["/"]}));
    let ours = with_page(&ours, "p/a", 1);
    let mut theirs = with_config(
        &base,
        &json!({"locale": "en", "navigation": ["/"], "flag": true}),
    );
    theirs.theme.package = ContentHash::of(b"another theme");
    theirs.plugins = Plugins::new(vec![plugin(2)]).unwrap();
    let theirs = with_page(&theirs, "p/b", 2);
    let tree = merged(&base, &ours, &theirs);
    let expected = &json!({"locale": "de", "navigation": ["/"], "flag": true});
    assert_eq!(tree.config, settings(expected));
    assert_eq!(
        (&tree.theme, &tree.plugins),
        (&theirs.theme, &theirs.plugins)
    );
    let routes = with_page(&with_page(&base, "p/a", 1), "p/b", 2).routes;
    assert_eq!(tree.routes, routes);
}

#[test]
fn the_same_change_on_both_sides_is_no_conflict() {
    let base = base();
    let side = with_page(&with_config(&base, &json!({"locale": "de"})), "p/a", 1);
    assert_eq!(merged(&base, &side, &side), side);
}

#[test]
fn members_of_settings_merge_where_theme_and_plugins_stay() {
    let base = base();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    ours.theme.settings = settings(&json!({"accent": "red"}));
    theirs.theme.settings = settings(&json!({"width": 2}));
    let [first, second] = [plugin(1), plugin(2)];
    let changed = |plugin: &PluginReference, value: &Value| PluginReference {
        settings: settings(value),
        ..plugin.clone()
    };
    ours.plugins = Plugins::new(vec![changed(&first, &json!({"a": 1})), second.clone()]).unwrap();
    theirs.plugins = Plugins::new(vec![first.clone(), changed(&second, &json!({"b": 1}))]).unwrap();
    let tree = merged(&base, &ours, &theirs);
    assert_eq!(
        tree.theme.settings,
        settings(&json!({"accent": "red", "width": 2}))
    );
    let both = vec![
        changed(&first, &json!({"a": 1})),
        changed(&second, &json!({"b": 1})),
    ];
    assert_eq!(tree.plugins.as_slice(), both);
}

#[test]
fn what_both_sides_changed_differently_is_named() {
    let base = base();
    let ours = with_config(&base, &json!({"locale": "de"}));
    let theirs = with_config(&base, &json!({"locale": "fr"}));
    assert_eq!(
        conflicts(&base, &ours, &theirs),
        (vec![TreePart::Config], 0)
    );

    let (mut ours, mut theirs) = (base.clone(), base.clone());
    ours.theme.package = ContentHash::of(b"one");
    theirs.theme.settings = settings(&json!({"accent": "red"}));
    assert_eq!(conflicts(&base, &ours, &theirs), (vec![TreePart::Theme], 0));

    let (mut ours, mut theirs) = (with_page(&base, "p/a", 1), with_page(&base, "p/a", 2));
    ours.plugins = Plugins::default();
    theirs.plugins = Plugins::new(vec![plugin(2), plugin(1)]).unwrap();
    assert_eq!(
        conflicts(&base, &ours, &theirs),
        (vec![TreePart::Plugins], 1)
    );

    let large = |letter: &str| with_config(&base, &json!({letter: "x".repeat(9_000)}));
    let whole = with_config(&base, &json!({}));
    assert_eq!(
        conflicts(&whole, &large("a"), &large("b")),
        (vec![TreePart::Config], 0)
    );
}

#[test]
fn plugins_and_permissions_have_bounds() {
    let plugins = |count: usize| Plugins::new((0..count).map(plugin).collect());
    assert!(plugins(PLUGINS_MAX).is_ok());
    assert_eq!(
        plugins(PLUGINS_MAX + 1),
        Err(TreeLimitError::TooManyPlugins)
    );
    assert_eq!(
        Plugins::new(vec![plugin(1), plugin(1)]),
        Err(TreeLimitError::PluginTwice)
    );
    let permissions = |count: usize| {
        Permissions::new(
            (0..count)
                .map(|number| format!("may-{number}").parse().unwrap())
                .collect(),
        )
    };
    assert_eq!(
        permissions(PERMISSIONS_MAX).unwrap().iter().len(),
        PERMISSIONS_MAX
    );
    assert_eq!(
        permissions(PERMISSIONS_MAX + 1),
        Err(TreeLimitError::TooManyPermissions)
    );
}

/// What a table item holds, in bytes.
const TABLE_ITEM_BYTES_MAX: usize = 400 * 1_024;

#[test]
fn the_largest_tree_fits_an_item_of_the_table() {
    let full = |number: usize| {
        let head = 1 + 2 + 3;
        let text = format!(
            "{number:0width$}",
            width = release::limits::SETTINGS_BYTES_MAX - head
        );
        settings(&json!({"a": text}))
    };
    let long = |number: usize| format!("{number:0>64}").parse().unwrap();
    let largest_plugin = |number: usize| PluginReference {
        package: ContentHash::of(&number.to_be_bytes()),
        settings: full(number),
        permissions: Permissions::new((0..PERMISSIONS_MAX).map(long).collect()).unwrap(),
    };
    let mut tree = tree_with(full(0));
    tree.theme.settings = full(1);
    tree.plugins = Plugins::new((0..PLUGINS_MAX).map(largest_plugin).collect()).unwrap();
    let bytes = tree.encode().len() + release::limits::ROOT_BYTES_MAX;
    assert!(bytes < TABLE_ITEM_BYTES_MAX - 16 * 1_024, "{bytes}");
    assert_eq!(Tree::decode(&tree.encode()), Ok(tree));
    assert_eq!(Settings::default(), settings(&json!({})));
}
