//! The documentation as a website: its pages and its navigation.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

/// The file that lists the pages in order.
const LIST: &str = "docs/site.json";

/// The website.
#[derive(Debug)]
pub(super) struct Site {
    /// Its name.
    pub(super) name: String,
    /// Its pages, in order.
    pub(super) pages: Vec<Page>,
}

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    /// Its title.
    pub(super) title: String,
    /// Its path without leading slash.
    pub(super) slug: String,
    /// The part of the navigation it belongs to.
    section: String,
    /// Its text, without the title.
    pub(super) markdown: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSite {
    name: String,
    pages: Vec<RawPage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPage {
    file: String,
    slug: String,
    title: String,
    section: String,
}

impl Site {
    /// Reads the documentation below `tree`.
    pub(super) fn read(tree: &Path) -> anyhow::Result<Self> {
        let read = |file: &str| {
            std::fs::read_to_string(tree.join(file)).with_context(|| format!("`{file}` is missing"))
        };
        let raw: RawSite = serde_json::from_str(&read(LIST)?)
            .with_context(|| format!("`{LIST}` cannot be read"))?;
        let links: Vec<(String, String)> = raw
            .pages
            .iter()
            .map(|page| (format!("]({})", page.file), format!("](/{})", page.slug)))
            .collect();
        let pages = raw.pages.into_iter().map(|page| {
            let text = read(&page.file)?;
            // The theme shows the title; files carry it as their first line.
            let text = text.split_once('\n').map_or("", |(_, rest)| rest);
            let markdown = links.iter().fold(text.to_owned(), |text, (file, path)| {
                text.replace(file, path)
            });
            Ok(Page {
                title: page.title,
                slug: page.slug,
                section: page.section,
                markdown,
            })
        });
        Ok(Self {
            name: raw.name,
            pages: pages.collect::<anyhow::Result<_>>()?,
        })
    }

    /// Returns the navigation: the sections in order, each with its pages.
    pub(super) fn navigation(&self) -> Value {
        let mut sections: Vec<(&str, Vec<Value>)> = Vec::new();
        for page in &self.pages {
            let item = json!({ "title": page.title, "href": format!("/{}", page.slug) });
            match sections
                .iter_mut()
                .find(|(section, _)| *section == page.section)
            {
                Some((_, items)) => items.push(item),
                None => sections.push((&page.section, vec![item])),
            }
        }
        sections
            .into_iter()
            .map(|(section, items)| {
                // A section is a heading and leads nowhere itself.
                json!({ "title": section, "href": "", "children": items })
            })
            .collect()
    }
}
