//! What all pages of one tree have in common: its theme, its settings, its navigation. Read
//! leniently: a website that was published is shown, whatever its configuration has come to mean.

use std::sync::Arc;

use kernel::ContentHash;
use release::{Tree, TreeId};
use render::{NavItem, Settings, SiteView, Theme};
use serde_json::{Map, Value};

/// Counts up when the same inputs make other pages, so that no browser keeps the old ones. Themes
/// count by themselves: their hash is among the inputs.
const RENDERER_VERSION: u32 = 2;

/// The longest language tag, in bytes (RFC 5646 §4.4.1).
const LOCALE_BYTES_MAX: usize = 35;

/// A tree, ready to be shown.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) id: TreeId,
    pub(crate) tree: Tree,
    pub(crate) theme: Arc<Theme>,
    pub(crate) settings: Settings,
    /// The hash of everything here that pages are made of.
    pub(crate) fingerprint: ContentHash,
    name: String,
    description: String,
    locale: String,
    navigation: Vec<NavItem>,
}

impl Frame {
    /// Makes the tree of this id ready, in the theme of its package.
    pub(crate) fn of(id: TreeId, tree: Tree, theme: Arc<Theme>) -> Self {
        let settings = settings(&theme, tree.theme.settings.members());
        let config = tree.config.members();
        let text = |value: &Value| value.to_string().into_bytes();
        let fingerprint = ContentHash::of_parts(&[
            &RENDERER_VERSION.to_be_bytes(),
            theme.package_hash().as_bytes(),
            &text(&settings.to_value()),
            &text(&Value::Object(config.clone())),
        ]);
        Self {
            id,
            theme,
            settings,
            fingerprint,
            name: name(config),
            description: description(config),
            locale: locale(config),
            navigation: navigation(config),
            tree,
        }
    }

    /// Returns the website as its pages show it.
    pub(crate) fn site(&self, origin: &str, base_path: &str) -> SiteView {
        SiteView {
            name: self.name.clone(),
            description: self.description.clone(),
            locale: self.locale.clone(),
            origin: origin.to_owned(),
            base_path: base_path.to_owned(),
            navigation: self.navigation.clone(),
        }
    }
}

/// Leaves out what this version of the theme does not accept.
fn settings(theme: &Theme, chosen: &Map<String, Value>) -> Settings {
    let read = |members: Map<String, Value>| theme.settings(&Value::Object(members));
    let accepted = chosen
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .filter(|member| read(Map::from_iter([member.clone()])).is_ok());
    read(accepted.collect()).unwrap_or_else(|_refused| theme.default_settings())
}

fn name(config: &Map<String, Value>) -> String {
    let name = config.get("name").and_then(Value::as_str);
    name.filter(|name| !name.trim().is_empty())
        .unwrap_or("Website")
        .to_owned()
}

fn description(config: &Map<String, Value>) -> String {
    let description = config.get("description").and_then(Value::as_str);
    description.unwrap_or_default().trim().to_owned()
}

fn locale(config: &Map<String, Value>) -> String {
    let is_tag = |tag: &&str| {
        !tag.is_empty()
            && tag.len() <= LOCALE_BYTES_MAX
            && tag
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let locale = config.get("locale").and_then(Value::as_str);
    locale.filter(is_tag).unwrap_or("en").to_owned()
}

/// Leaves out what cannot be read and what leads where no link may.
fn navigation(config: &Map<String, Value>) -> Vec<NavItem> {
    let items = config.get("navigation").and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(|item| serde_json::from_value::<NavItem>(item.clone()).ok())
        .filter(|item| NavItem::check(std::slice::from_ref(item)).is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use release::{Plugins, Root, Settings, ThemeReference, Tree};
    use render::Theme;
    use serde_json::{Value, json};

    use super::Frame;

    fn frame(theme: &str, settings: &Value, config: &Value) -> Frame {
        let read = |value: &Value| Settings::new(value.as_object().unwrap()).unwrap();
        let theme = Theme::builtin(theme).unwrap();
        let tree = Tree {
            theme: ThemeReference {
                package: theme.package_hash(),
                id: theme.id().parse().unwrap(),
                settings: read(settings),
            },
            plugins: Plugins::default(),
            config: read(config),
            routes: Root::empty(),
        };
        Frame::of(tree.id(), tree, Arc::new(theme.clone()))
    }

    #[test]
    fn a_configuration_that_means_nothing_has_defaults() {
        let config = json!({
            "name": 7,
            "description": ["none"],
            "locale": "en\"><script>",
            "navigation": [
                { "title": "Good", "href": "/good" },
                { "title": "Bad", "href": "javascript:alert(1)" },
                { "title": "Unknown", "href": "/", "colour": "red" },
                "nonsense",
                { "title": "Section", "children": [{ "title": "Deep", "href": "/deep" }] },
            ],
            "later": true,
        });
        let site = frame("atlas", &json!({ "no": "such" }), &config).site("https://a", "");
        assert_eq!(
            [&*site.name, &site.description, &site.locale],
            ["Website", "", "en"]
        );
        let titles: Vec<_> = site.navigation.iter().map(|item| &item.title).collect();
        assert_eq!(titles, ["Good", "Section"]);
    }

    #[test]
    fn a_setting_that_means_nothing_leaves_the_others() {
        let chosen = json!({ "accent": "#123456", "no": "such" });
        let frame = frame("atlas", &chosen, &json!({}));
        assert_eq!(frame.settings.get("accent"), Some(&json!("#123456")));
    }

    #[test]
    fn everything_that_pages_are_made_of_is_in_the_fingerprint() {
        let config = json!({ "name": "Docs" });
        let first = frame("atlas", &json!({}), &config).fingerprint;
        let same = frame("atlas", &json!({ "accent": 7, "no": "such" }), &config);
        assert_eq!(first, same.fingerprint, "settings that mean the same");
        for other in [
            frame("journal", &json!({}), &config),
            frame("atlas", &json!({ "accent": "#123456" }), &config),
            frame("atlas", &json!({}), &json!({ "name": "Docs!" })),
            frame(
                "atlas",
                &json!({}),
                &json!({ "name": "Docs", "description": "!" }),
            ),
        ] {
            assert_ne!(first, other.fingerprint);
        }
    }
}
