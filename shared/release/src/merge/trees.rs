//! Merging whole trees: theme, plugins and configuration beside the routes.

use serde_json::{Map, Value};

use crate::apply::NewNode;
use crate::error::ReleaseError;
use crate::merge::{Conflict, RouteMerge, merge_routes};
use crate::settings::Settings;
use crate::store::{NodeStore, Step};
use crate::tree::{PluginReference, Plugins, ThemeReference, Tree};

/// A part of a tree besides its routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TreePart {
    /// The theme or its settings.
    Theme,
    /// The plugins, their order, settings or permissions.
    Plugins,
    /// The configuration.
    Config,
}

/// What both sides changed, differently.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeConflicts {
    /// The parts besides the routes.
    pub parts: Vec<TreePart>,
    /// The routes, as many as a merge of routes lists.
    pub routes: Vec<Conflict>,
}

/// The outcome of merging two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeMerge {
    /// The merged tree, with the nodes that ours did not have.
    Merged {
        /// The tree.
        tree: Box<Tree>,
        /// The nodes to store before anything names the tree.
        nodes: Vec<NewNode>,
    },
    /// What cannot be merged.
    Conflicts(TreeConflicts),
}

/// Merges what `ours` and `theirs` made of `base`.
pub fn merge_trees(
    store: &NodeStore,
    base: &Tree,
    ours: &Tree,
    theirs: &Tree,
) -> Result<Step<TreeMerge>, ReleaseError> {
    let routes = merge_routes(store, &base.routes, &ours.routes, &theirs.routes)?;
    Ok(routes.map(|routes| join(base, ours, theirs, routes)))
}

fn join(base: &Tree, ours: &Tree, theirs: &Tree, routes: RouteMerge) -> TreeMerge {
    let theme = merge_with(&base.theme, &ours.theme, &theirs.theme, merge_theme);
    let plugins = merge_with(&base.plugins, &ours.plugins, &theirs.plugins, merge_plugins);
    let config = merge_with(&base.config, &ours.config, &theirs.config, merge_settings);
    let mut conflicts = TreeConflicts::default();
    for (part, is_merged) in [
        (TreePart::Theme, theme.is_some()),
        (TreePart::Plugins, plugins.is_some()),
        (TreePart::Config, config.is_some()),
    ] {
        if !is_merged {
            conflicts.parts.push(part);
        }
    }
    match (theme, plugins, config, routes) {
        (Some(theme), Some(plugins), Some(config), RouteMerge::Merged(edited)) => {
            let tree = Box::new(Tree {
                theme,
                plugins,
                config,
                routes: edited.root,
            });
            TreeMerge::Merged {
                tree,
                nodes: edited.nodes,
            }
        }
        (_, _, _, RouteMerge::Merged(_)) => TreeMerge::Conflicts(conflicts),
        (_, _, _, RouteMerge::Conflicts(routes)) => {
            conflicts.routes = routes;
            TreeMerge::Conflicts(conflicts)
        }
    }
}

/// Takes the side that changed; where both did, what `inside` makes of the part's own parts.
fn merge_with<T: Clone + PartialEq>(
    base: &T,
    ours: &T,
    theirs: &T,
    inside: impl FnOnce(&T, &T, &T) -> Option<T>,
) -> Option<T> {
    if theirs == base || theirs == ours {
        Some(ours.clone())
    } else if ours == base {
        Some(theirs.clone())
    } else {
        inside(base, ours, theirs)
    }
}

/// Settings mean something to one theme only, so they are merged only where all sides have it.
fn merge_theme(
    base: &ThemeReference,
    ours: &ThemeReference,
    theirs: &ThemeReference,
) -> Option<ThemeReference> {
    let name = |theme: &ThemeReference| (theme.package, theme.id.clone());
    if name(base) != name(ours) || name(base) != name(theirs) {
        return None;
    }
    let settings = merge_with(
        &base.settings,
        &ours.settings,
        &theirs.settings,
        merge_settings,
    )?;
    Some(ThemeReference {
        settings,
        ..base.clone()
    })
}

/// Plugins act in order, so their settings and permissions are merged only where all sides have
/// the same ones in the same order.
fn merge_plugins(base: &Plugins, ours: &Plugins, theirs: &Plugins) -> Option<Plugins> {
    let (base, ours, theirs) = (base.as_slice(), ours.as_slice(), theirs.as_slice());
    if base.len() != ours.len() || base.len() != theirs.len() {
        return None;
    }
    let merged = base.iter().zip(ours).zip(theirs);
    let merged = merged.map(|((base, ours), theirs)| merge_plugin(base, ours, theirs));
    Plugins::new(merged.collect::<Option<_>>()?).ok()
}

fn merge_plugin(
    base: &PluginReference,
    ours: &PluginReference,
    theirs: &PluginReference,
) -> Option<PluginReference> {
    if base.package != ours.package || base.package != theirs.package {
        return None;
    }
    Some(PluginReference {
        package: base.package,
        settings: merge_with(
            &base.settings,
            &ours.settings,
            &theirs.settings,
            merge_settings,
        )?,
        permissions: merge_with(
            &base.permissions,
            &ours.permissions,
            &theirs.permissions,
            |_, _, _| None,
        )?,
    })
}

fn merge_settings(base: &Settings, ours: &Settings, theirs: &Settings) -> Option<Settings> {
    let mut merged: Map<String, Value> = ours.members().clone();
    for name in base.members().keys().chain(theirs.members().keys()) {
        let sides = (base.get(name), ours.get(name), theirs.get(name));
        let member = merge_with(&sides.0, &sides.1, &sides.2, |_, _, _| None)?;
        match member {
            Some(value) => merged.insert(name.clone(), value.clone()),
            None => merged.remove(name),
        };
    }
    Settings::new(&merged).ok()
}
