//! What a page is shown in: its site and its place there. It must never know where they are kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    document::address::{self, Use},
    field_error::{FieldError, FieldErrors, place, step},
    limits::{NAVIGATION_DEPTH_MAX, NAVIGATION_ITEMS_MAX, NAVIGATION_TITLE_CHARS_MAX},
    page::PageContent,
};

/// An entry of a site's navigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NavItem {
    /// What is shown.
    pub title: String,
    /// Where it leads; empty for the heading of a section.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub href: String,
    /// The entries below.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Self>,
}

/// A site, as its pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteView {
    /// The name.
    pub name: String,
    /// What it is about; empty where it does not say.
    pub description: String,
    /// The language, such as `en` or `de-AT`.
    pub locale: String,
    /// Scheme and host, such as `https://docs.example.com`, without a slash at the end.
    pub origin: String,
    /// What stands before every path: empty, or the path of a preview such as `/_preview/token`.
    pub base_path: String,
    /// The navigation.
    pub navigation: Vec<NavItem>,
}

/// A page, as it is shown at one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageView<'a> {
    /// The page.
    pub content: &'a PageContent,
    /// The path it is shown at, such as `/guide/start`, without the base path.
    pub path: &'a str,
    /// The path that search engines keep.
    pub canonical_path: &'a str,
    /// When it was last changed, if that is known.
    pub updated_at: Option<Timestamp>,
}

impl NavItem {
    /// Makes an entry without entries below.
    pub fn new(title: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            href: href.into(),
            children: Vec::new(),
        }
    }

    /// Says what is wrong with a navigation, with pointers from the list.
    pub fn check(navigation: &[Self]) -> Vec<FieldError> {
        let mut errors = FieldErrors::default();
        let mut count = 0;
        for (index, item) in navigation.iter().enumerate() {
            let pointer = step("", &index.to_string());
            item.check_into(&pointer, NAVIGATION_DEPTH_MAX, &mut count, &mut errors);
        }
        if count > NAVIGATION_ITEMS_MAX {
            let detail = format!("must have at most {NAVIGATION_ITEMS_MAX} items");
            errors.add("", detail);
        }
        errors.into_vec()
    }

    fn check_into(&self, at: &str, depth: usize, count: &mut usize, errors: &mut FieldErrors) {
        *count += 1;
        if self.title.trim().is_empty() || self.title.chars().any(char::is_control) {
            let detail = "must not be empty or contain control characters";
            errors.add(step(at, "title"), detail);
        }
        errors.chars(&step(at, "title"), &self.title, NAVIGATION_TITLE_CHARS_MAX);
        if !self.href.is_empty()
            && let Err(detail) = address::check(&self.href, Use::Link)
        {
            errors.add(step(at, "href"), detail);
        }
        if depth == 1 && !self.children.is_empty() {
            let detail = format!("must not be nested deeper than {NAVIGATION_DEPTH_MAX} levels");
            errors.add(step(at, "children"), detail);
            return;
        }
        for (index, child) in self.children.iter().enumerate() {
            child.check_into(&place(at, "children", index), depth - 1, count, errors);
        }
    }
}

impl SiteView {
    /// Returns a site with sections in its navigation.
    pub fn sample() -> Self {
        let section = |title: &str, children: &[(&str, &str)]| NavItem {
            title: title.to_owned(),
            href: String::new(),
            children: children
                .iter()
                .map(|(title, href)| NavItem::new(*title, *href))
                .collect(),
        };
        Self {
            name: "HotSwap".to_owned(),
            description: String::new(),
            locale: "en".to_owned(),
            origin: "https://docs.example.com".to_owned(),
            base_path: String::new(),
            navigation: vec![
                NavItem::new("Overview", "/"),
                section(
                    "Guide",
                    &[
                        ("Getting started", "/guide/start"),
                        ("Concepts", "/guide/concepts"),
                        ("Themes", "/guide/themes"),
                    ],
                ),
                section(
                    "Reference",
                    &[
                        ("API tour", "/reference/api"),
                        ("Operations", "/reference/operations"),
                        ("Limits & errors", "/reference/limits"),
                    ],
                ),
                NavItem::new("Source", "https://example.com/source"),
            ],
        }
    }

    /// Returns a site without navigation, in another language, as a preview shows it.
    pub fn preview_sample() -> Self {
        Self {
            name: "Käse & <Brot>".to_owned(),
            description: String::new(),
            locale: "de-AT".to_owned(),
            origin: "https://käse.example.com".to_owned(),
            base_path: "/_preview/token".to_owned(),
            navigation: Vec::new(),
        }
    }
}

impl<'a> PageView<'a> {
    /// Shows a page at a path that is also its canonical one.
    pub const fn new(content: &'a PageContent, path: &'a str) -> Self {
        Self {
            content,
            path,
            canonical_path: path,
            updated_at: content.updated_at(),
        }
    }

    /// Shows a sample of a page.
    pub fn sample(content: &'a PageContent) -> Self {
        Self {
            updated_at: Some(Timestamp::UNIX_EPOCH),
            ..Self::new(content, "/guide/start")
        }
    }
}
