//! What a website's pages have in common, beside its theme: it is part of every release.

use kernel::limits::NAME_CHARS_MAX;
use release::{Settings, SettingsError};
use render::limits::SEO_DESCRIPTION_CHARS_MAX;
use render::{FieldError, NavItem};
use serde_json::{Map, Value};

/// The longest language tag, in bytes (RFC 5646 §4.4.1).
const LOCALE_BYTES_MAX: usize = 35;

/// A part of a language tag, in bytes (RFC 5646 §2.1).
const SUBTAG_BYTES_MAX: usize = 8;

/// The language of a website that names none.
const LOCALE_DEFAULT: &str = "en";

const NAME: &str = "name";
const LOCALE: &str = "locale";
const DESCRIPTION: &str = "description";
const NAVIGATION: &str = "navigation";

/// A website's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// The language.
    pub(crate) locale: String,
    /// What the website is about.
    pub(crate) description: Option<String>,
    /// The navigation.
    pub(crate) navigation: Vec<NavItem>,
}

impl Configuration {
    /// Makes a configuration of what was handed in; pointers lead into it.
    pub(crate) fn new(
        locale: Option<String>,
        description: Option<String>,
        navigation: Vec<NavItem>,
    ) -> Result<Self, Vec<FieldError>> {
        let configuration = Self {
            locale: locale.unwrap_or_else(|| LOCALE_DEFAULT.to_owned()),
            description: description.filter(|text| !text.is_empty()),
            navigation,
        };
        let errors = configuration.check();
        if errors.is_empty() {
            Ok(configuration)
        } else {
            Err(errors)
        }
    }

    fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !is_language_tag(&self.locale) {
            let detail = "must be a language tag such as `en` or `de-AT`";
            errors.push(FieldError::new("/locale", detail));
        }
        if let Some(text) = &self.description {
            if text.chars().any(char::is_control) {
                let detail = "must not contain control characters";
                errors.push(FieldError::new("/description", detail));
            }
            if text.chars().nth(SEO_DESCRIPTION_CHARS_MAX).is_some() {
                let detail = format!("must have at most {SEO_DESCRIPTION_CHARS_MAX} characters");
                errors.push(FieldError::new("/description", detail));
            }
        }
        let navigation = NavItem::check(&self.navigation);
        errors.extend(
            navigation
                .into_iter()
                .map(|error| error.under("/navigation")),
        );
        errors
    }

    /// Reads the configuration of a release: leniently, as it is shown.
    pub(crate) fn of_settings(settings: &Settings) -> Self {
        let text = |name: &str| {
            settings
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let navigation = settings.get(NAVIGATION).and_then(Value::as_array);
        Self {
            locale: text(LOCALE).unwrap_or_else(|| LOCALE_DEFAULT.to_owned()),
            description: text(DESCRIPTION),
            navigation: navigation
                .into_iter()
                .flatten()
                .filter_map(|item| serde_json::from_value(item.clone()).ok())
                .collect(),
        }
    }

    /// Returns the form in which a release has it, together with the website's name.
    pub(crate) fn to_settings(&self, name: &str) -> Result<Settings, FieldError> {
        let mut members = Map::from_iter([
            (NAME.to_owned(), Value::from(name)),
            (LOCALE.to_owned(), Value::from(&*self.locale)),
            (
                NAVIGATION.to_owned(),
                self.navigation.iter().map(navigation_value).collect(),
            ),
        ]);
        if let Some(description) = &self.description {
            members.insert(DESCRIPTION.to_owned(), Value::from(&**description));
        }
        Settings::new(&members).map_err(too_much)
    }
}

/// A name alone always fits; it is the navigation that can be too much.
fn too_much(error: SettingsError) -> FieldError {
    FieldError::new("/configuration/navigation", error.to_string())
}

const _: () = assert!(NAME_CHARS_MAX * 4 < release::limits::SETTINGS_BYTES_MAX);

fn navigation_value(item: &NavItem) -> Value {
    let mut members = Map::from_iter([("title".to_owned(), Value::from(&*item.title))]);
    if !item.href.is_empty() {
        members.insert("href".to_owned(), Value::from(&*item.href));
    }
    if !item.children.is_empty() {
        let children = item.children.iter().map(navigation_value).collect();
        members.insert("children".to_owned(), children);
    }
    Value::Object(members)
}

fn is_language_tag(tag: &str) -> bool {
    let is_subtag = |subtag: &str| {
        (1..=SUBTAG_BYTES_MAX).contains(&subtag.len())
            && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    tag.len() <= LOCALE_BYTES_MAX
        && tag.starts_with(|first: char| first.is_ascii_alphabetic())
        && tag.split('-').all(is_subtag)
}

#[cfg(test)]
mod tests {
    use render::NavItem;

    use super::Configuration;

    fn navigation() -> Vec<NavItem> {
        let mut section = NavItem::new("Guide", "");
        section.children = vec![NavItem::new("Start", "/guide/start")];
        vec![NavItem::new("Home", "/"), section]
    }

    #[test]
    fn what_goes_into_a_release_comes_out_again() {
        for (locale, description, navigation) in [
            (None, None, Vec::new()),
            (Some("de-AT"), Some("Käse & Brot"), navigation()),
        ] {
            let configuration = Configuration::new(
                locale.map(str::to_owned),
                description.map(str::to_owned),
                navigation,
            )
            .unwrap();
            let settings = configuration.to_settings("Name").unwrap();
            assert_eq!(Configuration::of_settings(&settings), configuration);
            assert_eq!(settings.get("name").unwrap(), "Name");
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let mut bad = navigation();
        bad[1].children[0].href = "javascript:alert(1)".to_owned();
        for (locale, description, navigation, pointer) in [
            ("", "", Vec::new(), "/locale"),
            ("e", "", bad, "/navigation/1/children/0/href"),
            ("en_US", "", Vec::new(), "/locale"),
            ("en-", "", Vec::new(), "/locale"),
            ("toolonglanguage", "", Vec::new(), "/locale"),
            ("en", "a\nb", Vec::new(), "/description"),
            ("en", &"x".repeat(1_001), Vec::new(), "/description"),
            (
                "en",
                "",
                vec![NavItem::new(" ", "/")],
                "/navigation/0/title",
            ),
        ] {
            let made = Configuration::new(
                Some(locale.to_owned()),
                Some(description.to_owned()),
                navigation,
            );
            assert_eq!(
                made.unwrap_err()[0].pointer,
                pointer,
                "{locale} {description}"
            );
        }
    }

    #[test]
    fn a_navigation_that_no_release_can_hold_is_refused() {
        let items = (0..400).map(|_| NavItem::new("n".repeat(200), "/"));
        let configuration = Configuration::new(None, None, items.collect()).unwrap();
        let error = configuration.to_settings("Name").unwrap_err();
        assert_eq!(error.pointer, "/configuration/navigation");
    }
}
