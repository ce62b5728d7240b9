//! What a theme says about itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::colour::Colour;
use crate::limits::SETTING_CHARS_MAX;

/// A theme's description of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The name by which sites choose it.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// The version.
    pub version: String,
    /// Who made it.
    pub author: String,
    /// What it is good for.
    pub description: String,
    /// The templates.
    pub templates: Templates,
    /// The stylesheets, in their order.
    pub stylesheets: Vec<String>,
    /// The icon of the browser's tab.
    pub icon: String,
    /// The settings.
    pub settings: Vec<SettingSpec>,
}

/// A theme's templates, by path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Templates {
    /// A page.
    pub page: String,
    /// The page where there is none.
    pub not_found: String,
    /// The page while the site is away.
    pub maintenance: String,
    /// Templates that the others are made with.
    pub partials: Vec<String>,
}

/// One setting of a theme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingSpec {
    /// The name by which it is set.
    pub key: String,
    /// The name that people see.
    pub label: String,
    /// What it accepts.
    pub accepts: SettingKind,
}

/// What a setting accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum SettingKind {
    /// A colour such as `#0b57d0`.
    Colour {
        /// The value of a site that chose none.
        default: String,
    },
    /// One of several.
    Choice {
        /// The value of a site that chose none.
        default: String,
        /// What there is to choose from.
        options: Vec<Choice>,
    },
    /// A line of text.
    Text {
        /// The value of a site that chose none.
        default: String,
        /// The characters it may have.
        max_chars: usize,
    },
    /// Yes or no.
    Boolean {
        /// The value of a site that chose none.
        default: bool,
    },
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// The value that is set.
    pub value: String,
    /// The name that people see.
    pub label: String,
}

impl Manifest {
    /// Returns every file that the manifest names.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.templates
            .all()
            .chain(self.stylesheets.iter().map(String::as_str))
            .chain([self.icon.as_str()])
    }

    /// Returns a setting whose default it would refuse.
    pub(super) fn wrong_default(&self) -> Option<&str> {
        self.settings
            .iter()
            .find(|spec| spec.accepts.check(&spec.accepts.default_value()).is_err())
            .map(|spec| spec.key.as_str())
    }
}

impl Templates {
    /// Returns the paths of all templates.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        [&self.page, &self.not_found, &self.maintenance]
            .into_iter()
            .chain(&self.partials)
            .map(String::as_str)
    }
}

impl SettingKind {
    /// Returns the value of a site that chose none.
    pub fn default_value(&self) -> Value {
        match self {
            Self::Colour { default }
            | Self::Choice { default, .. }
            | Self::Text { default, .. } => Value::from(default.as_str()),
            Self::Boolean { default } => Value::from(*default),
        }
    }

    /// Says what is wrong with a value, or returns it in its normal form.
    pub(super) fn check(&self, value: &Value) -> Result<Value, String> {
        match self {
            Self::Colour { .. } => value
                .as_str()
                .and_then(Colour::parse)
                .map(|colour| Value::from(colour.to_string()))
                .ok_or_else(|| "must be a colour such as \"#0b57d0\"".to_owned()),
            Self::Choice { options, .. } => {
                let known = |text: &str| options.iter().any(|option| option.value == text);
                if value.as_str().is_some_and(known) {
                    return Ok(value.clone());
                }
                let values: Vec<&str> = options.iter().map(|option| &*option.value).collect();
                Err(format!("must be one of {}", values.join(", ")))
            }
            Self::Text { max_chars, .. } => {
                let max = (*max_chars).min(SETTING_CHARS_MAX);
                let fits =
                    |text: &str| text.chars().count() <= max && !text.chars().any(char::is_control);
                if value.as_str().is_some_and(fits) {
                    return Ok(value.clone());
                }
                Err(format!("must be one line of at most {max} characters"))
            }
            Self::Boolean { .. } if value.is_boolean() => Ok(value.clone()),
            Self::Boolean { .. } => Err("must be true or false".to_owned()),
        }
    }
}
