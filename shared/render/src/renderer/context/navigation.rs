//! A site's navigation, as one page sees it: what is current, what comes before and after.

use serde::Serialize;

use crate::{
    limits::NAVIGATION_DEPTH_MAX,
    site::{NavItem, SiteView},
};

/// The navigation around a page.
#[derive(Debug, Default)]
pub(super) struct Navigation<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) section: &'a str,
    pub(super) previous: Option<Link>,
    pub(super) next: Option<Link>,
}

/// An entry of the navigation.
#[derive(Debug, Serialize)]
pub(super) struct Entry<'a> {
    title: &'a str,
    href: String,
    /// Whether it leads to this page.
    current: bool,
    /// Whether it leads to this page, or an entry below does.
    open: bool,
    children: Vec<Self>,
}

/// A page before or after.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Link {
    title: String,
    href: String,
}

impl<'a> Navigation<'a> {
    /// Returns the navigation around the page at `path`.
    pub(super) fn of(site: &'a SiteView, path: Option<&str>) -> Self {
        let mut walk = Walk {
            base_path: &site.base_path,
            path,
            section: "",
            pages: Vec::new(),
            current: None,
        };
        let entries = walk.entries(&site.navigation, "", NAVIGATION_DEPTH_MAX);
        let link = |at: usize| walk.pages.get(at).cloned();
        let neighbour = |step: fn(usize) -> Option<usize>| walk.current.and_then(step);
        Self {
            previous: neighbour(|at| at.checked_sub(1)).and_then(link),
            next: neighbour(|at| at.checked_add(1)).and_then(link),
            section: walk.section,
            entries,
        }
    }
}

struct Walk<'a, 'p> {
    base_path: &'a str,
    path: Option<&'p str>,
    section: &'a str,
    pages: Vec<Link>,
    current: Option<usize>,
}

impl<'a> Walk<'a, '_> {
    fn entries(&mut self, items: &'a [NavItem], parent: &'a str, depth: usize) -> Vec<Entry<'a>> {
        if depth == 0 {
            return Vec::new();
        }
        items
            .iter()
            .map(|item| self.entry(item, parent, depth))
            .collect()
    }

    fn entry(&mut self, item: &'a NavItem, parent: &'a str, depth: usize) -> Entry<'a> {
        let is_page = item.href.starts_with('/') && !item.href.starts_with("//");
        let href = if is_page {
            format!("{}{}", self.base_path, item.href)
        } else {
            item.href.clone()
        };
        let current = is_page && self.path.is_some_and(|path| same(path, &item.href));
        if is_page {
            if current && self.current.is_none() {
                self.current = Some(self.pages.len());
                self.section = parent;
            }
            self.pages.push(Link {
                title: item.title.clone(),
                href: href.clone(),
            });
        }
        let children = self.entries(&item.children, &item.title, depth - 1);
        Entry {
            title: &item.title,
            href,
            current,
            open: current || children.iter().any(|child| child.open),
            children,
        }
    }
}

/// Whether two paths lead to the same page.
fn same(left: &str, right: &str) -> bool {
    let bare = |path: &str| path.find(['?', '#']).map_or(path.len(), |end| end);
    let trim = |path: &str| {
        path.get(..bare(path))
            .unwrap_or(path)
            .trim_end_matches('/')
            .len()
    };
    left.get(..trim(left)) == right.get(..trim(right))
}
