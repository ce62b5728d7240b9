//! The tree: what a release is, and its name. Must never know which website it belongs to or
//! whether anybody sees it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use kernel::ContentHash;
use kernel::hash::MalformedHash;
use serde::{Deserialize, Serialize};

use crate::error::DecodeError;
use crate::key::Identifier;
use crate::limits::{PERMISSIONS_MAX, PLUGINS_MAX};
use crate::node::Root;
use crate::settings::Settings;
use crate::wire::{Reader, put_part};

/// Names the format of trees and its version.
const FORMAT: [u8; 4] = *b"HST\x01";

/// The name of a tree: the SHA-256 of its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TreeId(ContentHash);

/// Everything visitors of a website can see, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// What renders it.
    pub theme: ThemeReference,
    /// What extends it, in hook order.
    pub plugins: Plugins,
    /// Navigation, feature flags, locale, defaults for search engines and the like.
    pub config: Settings,
    /// The root of the map of routes.
    pub routes: Root,
}

/// A theme and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeReference {
    /// The theme's package.
    pub package: ContentHash,
    /// The theme's id in the catalogue.
    pub id: Identifier,
    /// What the website chose.
    pub settings: Settings,
}

/// A plugin, its settings and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginReference {
    /// The plugin's package.
    pub package: ContentHash,
    /// What the website chose.
    pub settings: Settings,
    /// What the website granted.
    pub permissions: Permissions,
}

/// The plugins of a tree in hook order, each package once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plugins(Vec<PluginReference>);

/// The permissions granted to a plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(BTreeSet<Identifier>);

/// Why plugins or permissions do not fit a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeLimitError {
    /// More plugins than a tree may have.
    #[error("a website has at most {PLUGINS_MAX} plugins")]
    TooManyPlugins,
    /// The same package twice.
    #[error("a plugin is listed twice")]
    PluginTwice,
    /// More permissions than a plugin may have.
    #[error("a plugin has at most {PERMISSIONS_MAX} permissions")]
    TooManyPermissions,
}

impl TreeId {
    /// Returns the hash under which the tree's encoding is stored.
    pub const fn hash(self) -> ContentHash {
        self.0
    }
}

impl From<ContentHash> for TreeId {
    fn from(hash: ContentHash) -> Self {
        Self(hash)
    }
}

impl fmt::Display for TreeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for TreeId {
    type Err = MalformedHash;

    fn from_str(text: &str) -> Result<Self, MalformedHash> {
        text.parse().map(Self)
    }
}

impl Plugins {
    /// Takes plugins in hook order.
    pub fn new(plugins: Vec<PluginReference>) -> Result<Self, TreeLimitError> {
        if plugins.len() > PLUGINS_MAX {
            return Err(TreeLimitError::TooManyPlugins);
        }
        let packages: BTreeSet<_> = plugins.iter().map(|plugin| plugin.package).collect();
        if packages.len() < plugins.len() {
            return Err(TreeLimitError::PluginTwice);
        }
        Ok(Self(plugins))
    }

    /// Returns the plugins in hook order.
    pub fn as_slice(&self) -> &[PluginReference] {
        &self.0
    }
}

impl Permissions {
    /// Takes granted permissions.
    pub fn new(names: BTreeSet<Identifier>) -> Result<Self, TreeLimitError> {
        if names.len() > PERMISSIONS_MAX {
            return Err(TreeLimitError::TooManyPermissions);
        }
        Ok(Self(names))
    }

    /// Tells whether `name` was granted.
    pub fn allows(&self, name: &Identifier) -> bool {
        self.0.contains(name)
    }

    /// Returns the granted permissions in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Identifier> {
        self.0.iter()
    }
}

impl Tree {
    /// Returns the tree's only encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = FORMAT.to_vec();
        out.extend(self.theme.package.as_bytes());
        put_part(&mut out, self.theme.id.as_str().as_bytes());
        put_part(&mut out, self.theme.settings.encoded());
        let [.., plugins] = self.plugins.0.len().to_be_bytes();
        out.push(plugins);
        for plugin in &self.plugins.0 {
            out.extend(plugin.package.as_bytes());
            put_part(&mut out, plugin.settings.encoded());
            let [.., permissions] = plugin.permissions.0.len().to_be_bytes();
            out.push(permissions);
            for name in &plugin.permissions.0 {
                put_part(&mut out, name.as_str().as_bytes());
            }
        }
        put_part(&mut out, self.config.encoded());
        put_part(&mut out, &self.routes.encode());
        out
    }

    /// Reads an encoded tree: any bytes give a tree that encodes to them, or an error.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.format(FORMAT)?;
        let theme = ThemeReference {
            package: reader.hash()?,
            id: reader.text()?.parse()?,
            settings: Settings::decode(reader.part()?)?,
        };
        let count = reader.u8()?;
        let plugins = (0..count).map(|_| decode_plugin(&mut reader));
        let plugins = Plugins::new(plugins.collect::<Result<_, _>>()?)
            .map_err(|_limit| DecodeError::TooLarge)?;
        let config = Settings::decode(reader.part()?)?;
        let routes = Root::decode(reader.part()?)?;
        reader.end()?;
        Ok(Self {
            theme,
            plugins,
            config,
            routes,
        })
    }

    /// Returns the tree's name.
    pub fn id(&self) -> TreeId {
        TreeId(ContentHash::of(&self.encode()))
    }
}

fn decode_plugin(reader: &mut Reader<'_>) -> Result<PluginReference, DecodeError> {
    let package = reader.hash()?;
    let settings = Settings::decode(reader.part()?)?;
    let mut names = BTreeSet::new();
    for _ in 0..reader.u8()? {
        let name: Identifier = reader.text()?.parse()?;
        if names.last().is_some_and(|last| *last >= name) {
            return Err(DecodeError::Unordered);
        }
        names.insert(name);
    }
    let permissions = Permissions::new(names).map_err(|_limit| DecodeError::TooLarge)?;
    Ok(PluginReference {
        package,
        settings,
        permissions,
    })
}
