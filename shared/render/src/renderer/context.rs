//! What templates are given: plain values, all of them always there.

use minijinja::Value;
use serde::Serialize;

mod head;
mod navigation;

use crate::{
    document::Heading,
    site::{PageView, SiteView},
    theme::{SettingKind, Settings, Theme},
    words::Words,
};
use head::Head;
use navigation::{Entry, Link, Navigation};

/// Everything a template can see.
#[derive(Debug, Serialize)]
pub(super) struct Context<'a> {
    site: Site<'a>,
    theme: Look<'a>,
    head: Head,
    page: Page<'a>,
    navigation: Vec<Entry<'a>>,
    previous: Option<Link>,
    next: Option<Link>,
    words: &'static Words,
}

#[derive(Debug, Serialize)]
struct Site<'a> {
    name: &'a str,
    locale: &'a str,
    direction: &'static str,
    home: String,
}

#[derive(Debug, Serialize)]
struct Look<'a> {
    settings: &'a Settings,
    /// The choices, by key: they become attributes that styles can ask for.
    choices: Vec<Choice<'a>>,
    stylesheets: Vec<String>,
    icon: String,
}

#[derive(Debug, Serialize)]
struct Choice<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Debug, Default, Serialize)]
struct Page<'a> {
    title: &'a str,
    /// The section of the navigation that the page is in, or nothing.
    section: &'a str,
    /// Whether the title stands in the body already.
    has_title: bool,
    body: Value,
    contents: Vec<Heading>,
    updated_at: String,
    updated_on: String,
}

impl<'a> Context<'a> {
    /// Returns what a page's template is given; `body` must be sanitised.
    pub(super) fn page(
        theme: &'a Theme,
        settings: &'a Settings,
        site: &'a SiteView,
        page: &PageView<'a>,
        body: String,
    ) -> Self {
        let Navigation {
            entries,
            section,
            previous,
            next,
        } = Navigation::of(site, Some(page.path));
        let document = page.content.document();
        let mut contents = document.headings();
        contents.retain(|heading| matches!(heading.level, 2 | 3) && !heading.text.is_empty());
        let updated_at = page.updated_at.map(|instant| format!("{instant:.0}"));
        let updated_at = updated_at.unwrap_or_default();
        Self {
            page: Page {
                title: page.content.title(),
                section,
                has_title: document.has_title(),
                body: Value::from_safe_string(body),
                contents,
                updated_on: updated_at.chars().take(10).collect(),
                updated_at,
            },
            navigation: entries,
            previous,
            next,
            ..Self::frame(theme, settings, site, Head::page(site, page))
        }
    }

    /// Returns what the template for unknown paths is given.
    pub(super) fn not_found(theme: &'a Theme, settings: &'a Settings, site: &'a SiteView) -> Self {
        let head = Head::notice(site, Words::of(&site.locale).not_found_title());
        Self {
            navigation: Navigation::of(site, None).entries,
            ..Self::frame(theme, settings, site, head)
        }
    }

    /// Returns what the template for a site that is away is given.
    pub(super) fn maintenance(
        theme: &'a Theme,
        settings: &'a Settings,
        site: &'a SiteView,
    ) -> Self {
        let head = Head::notice(site, Words::of(&site.locale).maintenance_title());
        Self::frame(theme, settings, site, head)
    }

    fn frame(theme: &'a Theme, settings: &'a Settings, site: &'a SiteView, head: Head) -> Self {
        Self {
            site: Site {
                name: &site.name,
                locale: &site.locale,
                direction: direction(&site.locale),
                home: format!("{}/", site.base_path),
            },
            theme: Look::of(theme, settings, site),
            head,
            page: Page::default(),
            navigation: Vec::new(),
            previous: None,
            next: None,
            words: Words::of(&site.locale),
        }
    }
}

impl<'a> Look<'a> {
    fn of(theme: &'a Theme, settings: &'a Settings, site: &SiteView) -> Self {
        let manifest = theme.manifest();
        let base = &site.base_path;
        let sheets = manifest.stylesheets.iter();
        let sheets = sheets.map(|path| format!("{base}{}", theme.asset_path(path)));
        let choices = manifest
            .settings
            .iter()
            .filter(|spec| matches!(spec.accepts, SettingKind::Choice { .. }));
        let choice = |key: &'a str| {
            let value = settings.get(key)?.as_str()?;
            Some(Choice { key, value })
        };
        Self {
            settings,
            choices: choices.filter_map(|spec| choice(&spec.key)).collect(),
            stylesheets: sheets
                .chain([format!("{base}{}", settings.path())])
                .collect(),
            icon: format!("{base}{}", theme.asset_path(&manifest.icon)),
        }
    }
}

/// Which way a language is written.
fn direction(locale: &str) -> &'static str {
    match locale.split(['-', '_']).next() {
        Some("ar" | "fa" | "he" | "ur" | "yi") => "rtl",
        _ => "ltr",
    }
}
