//! The choice of a theme and of its settings.

use release::{Settings, ThemeReference};
use render::{FieldError, Theme};
use serde_json::{Map, Value};

/// A theme that was chosen, and what was chosen of its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThemeChoice {
    /// What a release has of it.
    pub(crate) reference: ThemeReference,
    /// The package that the release names.
    pub(crate) package: Vec<u8>,
}

impl ThemeChoice {
    /// Makes a choice of what was handed in. Settings that are left out stay out, so that they
    /// follow the theme's defaults.
    pub(crate) fn new(id: &str, chosen: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let wrong = |pointer: &str, detail: String| vec![FieldError::new(pointer, detail)];
        let Some(theme) = Theme::builtin(id) else {
            let ids: Vec<&str> = Theme::all().iter().map(Theme::id).collect();
            let detail = format!("must be one of {}", ids.join(", "));
            return Err(wrong("/themeId", detail));
        };
        let complete = theme
            .settings(&Value::Object(chosen.clone()))
            .map_err(|errors| {
                let errors = errors.into_iter();
                errors
                    .map(|error| error.under("/settings"))
                    .collect::<Vec<_>>()
            })?;
        let members = chosen
            .keys()
            .filter_map(|key| Some((key.clone(), complete.get(key)?.clone())))
            .collect();
        let settings =
            Settings::new(&members).map_err(|error| wrong("/settings", error.to_string()))?;
        let id = theme
            .id()
            .parse()
            .map_err(|error: release::KeyError| wrong("/themeId", error.to_string()))?;
        Ok(Self {
            reference: ThemeReference {
                package: theme.package_hash(),
                id,
                settings,
            },
            package: theme.package(),
        })
    }
}

/// Returns the theme's settings, complete with its defaults; those that were chosen where this
/// version of the theme knows none.
pub(crate) fn settings_of(reference: &ThemeReference) -> Value {
    let chosen = Value::Object(reference.settings.members().clone());
    let complete = theme_of(reference).and_then(|theme| theme.settings(&chosen).ok());
    complete.map_or(chosen, |settings| settings.to_value())
}

/// Returns the version of the theme's package, if it is known.
pub(crate) fn version_of(reference: &ThemeReference) -> Option<&'static str> {
    theme_of(reference)
        .filter(|theme| theme.package_hash() == reference.package)
        .map(|theme| theme.manifest().version.as_str())
}

fn theme_of(reference: &ThemeReference) -> Option<&'static Theme> {
    Theme::builtin(reference.id.as_str())
}

#[cfg(test)]
mod tests {
    use render::Theme;
    use serde_json::{Map, Value, json};

    use super::{ThemeChoice, settings_of, version_of};

    fn members(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_is_left_out_follows_the_default() {
        let choice = ThemeChoice::new("journal", &members(&json!({"accent": "#0AF"}))).unwrap();
        let settings = choice.reference.settings.members();
        assert_eq!(
            Value::Object(settings.clone()),
            json!({"accent": "#00aaff"})
        );
        let complete = settings_of(&choice.reference);
        assert_eq!(complete["accent"], "#00aaff");
        assert!(complete.as_object().unwrap().len() > 1);
        let version = &Theme::builtin("journal").unwrap().manifest().version;
        assert_eq!(version_of(&choice.reference), Some(version.as_str()));
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        for (id, settings, pointer) in [
            ("nothing", json!({}), "/themeId"),
            ("atlas", json!({"accent": "red"}), "/settings/accent"),
            ("atlas", json!({"a/b": 1}), "/settings/a~1b"),
        ] {
            let errors = ThemeChoice::new(id, &members(&settings)).unwrap_err();
            assert_eq!(errors[0].pointer, pointer);
        }
    }

    #[test]
    fn a_package_that_is_not_known_has_no_version() {
        let mut choice = ThemeChoice::new("atlas", &Map::new()).unwrap();
        choice.reference.package = kernel::ContentHash::of(b"older");
        assert_eq!(version_of(&choice.reference), None);
    }
}
