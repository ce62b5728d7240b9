//! What a site chose of a theme's settings, and the stylesheet made of it. Styles go into a file of
//! their own, because a strict content security policy refuses them in the page.

use std::collections::BTreeMap;

use kernel::ContentHash;
use serde::Serialize;
use serde_json::Value;

use super::{
    ASSET_ROOT, Theme,
    colour::{Colour, DARK_SURFACE, LIGHT_SURFACE},
    digits,
    manifest::{Manifest, SettingKind},
};
use crate::field_error::{FieldError, FieldErrors, step};

/// The settings of a theme, complete and checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Settings {
    values: BTreeMap<String, Value>,
    /// The path of the stylesheet that they make of their theme, written down for every page.
    #[serde(skip)]
    path: String,
}

impl Settings {
    /// Returns the settings as JSON: equal settings have equal bytes.
    pub fn to_value(&self) -> Value {
        Value::from_iter(self.values.clone())
    }

    /// Returns the path of the stylesheet; it changes with the package and the settings.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Writes the path down, for a theme whose settings these are.
    pub(super) fn of(self, theme: &Theme) -> Self {
        let settings = self.to_value().to_string();
        let hash = ContentHash::of_parts(&[theme.package_hash.as_bytes(), settings.as_bytes()]);
        let path = format!("{ASSET_ROOT}{}/settings.css", digits(hash));
        Self { path, ..self }
    }

    /// Returns one value.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }
}

/// Reads settings; `null` chooses nothing.
pub(super) fn read(manifest: &Manifest, value: &Value) -> Result<Settings, Vec<FieldError>> {
    let mut errors = FieldErrors::default();
    let mut settings = defaults(manifest);
    let chosen = match value {
        Value::Null => return Ok(settings),
        Value::Object(chosen) => chosen,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            errors.add("", "must be an object");
            return errors.into_result(settings);
        }
    };
    for (key, value) in chosen {
        let pointer = step("", key);
        let spec = manifest.settings.iter().find(|spec| spec.key == *key);
        match spec.map(|spec| spec.accepts.check(value)) {
            Some(Ok(value)) => {
                settings.values.insert(key.clone(), value);
            }
            Some(Err(detail)) => errors.add(pointer, detail),
            None => errors.add(pointer, "must not be there: the theme has no such setting"),
        }
    }
    errors.into_result(settings)
}

/// Returns the settings of a site that chose none.
pub(super) fn defaults(manifest: &Manifest) -> Settings {
    let value = |accepts: &SettingKind| {
        let default = accepts.default_value();
        accepts.check(&default).unwrap_or(default)
    };
    let settings = manifest.settings.iter();
    Settings {
        values: settings
            .map(|spec| (spec.key.clone(), value(&spec.accepts)))
            .collect(),
        path: String::new(),
    }
}

/// Returns the path and the bytes of the stylesheet that a theme's settings make.
pub fn settings_stylesheet(theme: &Theme, settings: &Settings) -> (String, Vec<u8>) {
    (
        settings.path.clone(),
        stylesheet(theme, settings).into_bytes(),
    )
}

/// Writes each colour in the four forms that a page can need: as it is, the colour of text on it,
/// and as text on light and on dark surfaces.
fn stylesheet(theme: &Theme, settings: &Settings) -> String {
    let mut out = ":root {\n".to_owned();
    for spec in &theme.manifest.settings {
        let value = settings.get(&spec.key).and_then(Value::as_str);
        if let SettingKind::Colour { .. } = spec.accepts
            && let Some(colour) = value.and_then(Colour::parse)
        {
            let mut property = |suffix: &str, colour: Colour| {
                out.push_str(&["  --", &spec.key, suffix, ": "].concat());
                out.push_str(&colour.to_string());
                out.push_str(";\n");
            };
            property("", colour);
            property("-contrast", colour.readable_on_it());
            property("-on-light", colour.readable_on(LIGHT_SURFACE));
            property("-on-dark", colour.readable_on(DARK_SURFACE));
        }
    }
    out.push_str("}\n");
    out
}
