//! Themes: packages of templates and stylesheets, named by the hash of their bytes, with settings
//! that a site chooses. It must never know about sites or pages.

mod builtin;
mod colour;
mod manifest;
mod package;
mod settings;

use std::{collections::BTreeMap, sync::LazyLock};

use kernel::{ContentHash, text};
use serde_json::Value;

pub use manifest::{Choice, Manifest, SettingKind, SettingSpec, Templates};
pub use settings::{Settings, settings_stylesheet};

use crate::field_error::FieldError;
use crate::limits::PACKAGE_BYTES_MAX;

/// The path below which themes are served, on every site.
pub const ASSET_ROOT: &str = "/_theme/";

/// The hexadecimal digits of a package's hash that stand in paths.
const HASH_DIGITS: usize = 16;

/// A theme: its manifest and its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    manifest: Manifest,
    files: BTreeMap<String, Vec<u8>>,
    package_hash: ContentHash,
}

/// A file that browsers load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset<'a> {
    /// Its media type.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: &'a [u8],
    /// The hash of what is in it.
    pub hash: ContentHash,
}

/// Why files are not a theme.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// The bytes are not a package.
    #[error("the bytes are not a theme's package")]
    NoPackage,
    /// The files are more than a package may have.
    #[error("the theme has more than {PACKAGE_BYTES_MAX} bytes")]
    TooLarge,
    /// There is no manifest among them.
    #[error("the theme has no {MANIFEST}")]
    NoManifest,
    /// The manifest cannot be read.
    #[error("the theme's manifest cannot be read")]
    Manifest(#[from] serde_json::Error),
    /// The manifest names a file that is not there.
    #[error("the theme's manifest names `{0}`, which is not there")]
    MissingFile(String),
    /// A default is not among what its setting accepts.
    #[error("the theme's setting `{0}` does not accept its own default")]
    Default(String),
}

/// The file that describes a theme.
const MANIFEST: &str = "manifest.json";

/// The folder of the files that browsers load.
const ASSETS: &str = "assets/";

/// The built-in themes: a constant that takes some work to write down.
static BUILTIN: LazyLock<Vec<Theme>> = LazyLock::new(|| {
    builtin::PACKAGES
        .iter()
        .filter_map(|files| Theme::from_files(builtin::files(files)).ok())
        .collect()
});

impl Theme {
    /// Makes a theme of its files, by path.
    pub fn from_files(files: BTreeMap<String, Vec<u8>>) -> Result<Self, ThemeError> {
        let manifest = files.get(MANIFEST).ok_or(ThemeError::NoManifest)?;
        let manifest: Manifest = serde_json::from_slice(manifest)?;
        if let Some(missing) = manifest.files().find(|path| !files.contains_key(*path)) {
            return Err(ThemeError::MissingFile(missing.to_owned()));
        }
        if let Some(key) = manifest.wrong_default() {
            return Err(ThemeError::Default(key.to_owned()));
        }
        Ok(Self {
            package_hash: ContentHash::of(&package::encode(&files)?),
            manifest,
            files,
        })
    }

    /// Reads a theme from its package.
    pub fn from_package(package: &[u8]) -> Result<Self, ThemeError> {
        Self::from_files(package::decode(package)?)
    }

    /// Returns the built-in themes.
    pub fn all() -> &'static [Self] {
        &BUILTIN
    }

    /// Returns the built-in theme with an id.
    pub fn builtin(id: &str) -> Option<&'static Self> {
        Self::all().iter().find(|theme| theme.manifest.id == id)
    }

    /// Returns the built-in theme with a package.
    pub fn of_package(package: ContentHash) -> Option<&'static Self> {
        Self::all()
            .iter()
            .find(|theme| theme.package_hash == package)
    }

    /// Returns the id.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// Returns the manifest.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the files, by path.
    pub const fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Returns the package: every file, in the one form that its hash names.
    pub fn package(&self) -> Vec<u8> {
        // What is too large did not become a theme.
        package::encode(&self.files).unwrap_or_default()
    }

    /// Returns the hash of the package.
    pub const fn package_hash(&self) -> ContentHash {
        self.package_hash
    }

    /// Reads settings, filling in defaults. Pointers in errors lead into `value`.
    pub fn settings(&self, value: &Value) -> Result<Settings, Vec<FieldError>> {
        Ok(settings::read(&self.manifest, value)?.of(self))
    }

    /// Returns the settings of a site that chose none.
    pub fn default_settings(&self) -> Settings {
        settings::defaults(&self.manifest).of(self)
    }

    /// Returns a template's source.
    pub(crate) fn template(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }

    /// Returns the file that browsers load by a path below the package.
    pub fn asset(&self, path: &str) -> Option<Asset<'_>> {
        let bytes = self.files.get(&format!("{ASSETS}{path}"))?;
        Some(Asset {
            content_type: content_type(path)?,
            bytes,
            hash: ContentHash::of(bytes),
        })
    }

    /// Returns the file that browsers load by the path at which sites serve it.
    pub fn find_asset(&self, url_path: &str) -> Option<Asset<'_>> {
        let (package, path) = url_path.strip_prefix(ASSET_ROOT)?.split_once('/')?;
        if digits(self.package_hash) == package {
            self.asset(path)
        } else {
            None
        }
    }

    /// Returns the path at which sites serve a file of the package.
    pub fn asset_path(&self, path: &str) -> String {
        let path = path.strip_prefix(ASSETS).unwrap_or(path);
        format!("{ASSET_ROOT}{}/{path}", digits(self.package_hash))
    }
}

/// Finds a file of a built-in theme by the path at which sites serve it.
pub fn find_asset(url_path: &str) -> Option<Asset<'static>> {
    Theme::all()
        .iter()
        .find_map(|theme| theme.find_asset(url_path))
}

/// Returns the digits of a hash that stand in paths.
fn digits(hash: ContentHash) -> String {
    let bytes = hash.as_bytes().get(..HASH_DIGITS / 2);
    text::to_hex(bytes.unwrap_or_default())
}

fn content_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}
