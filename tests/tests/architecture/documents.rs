//! Rules that hold the documentation to what it documents.

use std::collections::BTreeSet;

use crate::names::snake;
use crate::rust::words;
use crate::tree;

/// Returns the values of one member, wherever it stands in a JSON text. Enough for a flat list that
/// we write ourselves: no escapes.
fn members<'a>(json: &'a str, name: &str) -> Vec<&'a str> {
    json.split(&format!("\"{name}\""))
        .skip(1)
        .filter_map(|rest| {
            rest.trim_start()
                .strip_prefix(':')?
                .trim_start()
                .strip_prefix('"')
        })
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// The statuses of problem types, as code and as people spell them.
const STATUSES: &[(&str, &str)] = &[
    ("BAD_REQUEST", "400"),
    ("UNAUTHORIZED", "401"),
    ("FORBIDDEN", "403"),
    ("NOT_FOUND", "404"),
    ("METHOD_NOT_ALLOWED", "405"),
    ("CONFLICT", "409"),
    ("PRECONDITION_FAILED", "412"),
    ("PAYLOAD_TOO_LARGE", "413"),
    ("UNSUPPORTED_MEDIA_TYPE", "415"),
    ("UNPROCESSABLE_ENTITY", "422"),
    ("PRECONDITION_REQUIRED", "428"),
    ("TOO_MANY_REQUESTS", "429"),
    ("INTERNAL_SERVER_ERROR", "500"),
    ("SERVICE_UNAVAILABLE", "503"),
];

/// Returns the problem types that a page documents, with their status: its headings that read
/// `` ### `slug` (status) ``.
fn documented(page: &str) -> BTreeSet<(String, String)> {
    page.lines()
        .filter_map(|line| {
            line.strip_prefix("### `")?
                .strip_suffix(')')?
                .split_once("` (")
        })
        .map(|(slug, status)| (slug.to_owned(), status.to_owned()))
        .collect()
}

/// Returns the problem types that code registers, with their status: `Name = "slug", STATUS, …`.
fn registered(code: &str) -> BTreeSet<(String, String)> {
    code.lines()
        .filter_map(|line| line.split_once(" = \""))
        .filter(|(name, _)| {
            !name.trim().is_empty() && name.trim().chars().all(char::is_alphanumeric)
        })
        .filter_map(|(name, rest)| {
            let (slug, rest) = rest.split_once("\", ")?;
            assert_eq!(snake(name.trim()), slug, "a slug is its type's name");
            let status = words(rest).next().map(|(word, _)| word)?;
            let number = STATUSES.iter().find(|(name, _)| *name == status);
            let number = number
                .unwrap_or_else(|| panic!("{status} is no status of a problem"))
                .1;
            Some((slug.to_owned(), number.to_owned()))
        })
        .collect()
}

/// Returns the paths inside the documentation that a page links to.
fn links(page: &str) -> Vec<&str> {
    page.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ', '#']).next())
        .collect()
}

#[test]
fn every_problem_type_is_documented_and_no_other() {
    let registry = tree::files("shared/web/src", &["/problem.rs", "/problem/registry.rs"]);
    let in_code: BTreeSet<(String, String)> = registry
        .iter()
        .flat_map(|file| registered(&file.text))
        .collect();
    assert!(
        in_code.len() > 10,
        "the problem types were found: {in_code:?}"
    );
    assert_eq!(documented(&tree::read("docs/problems.md")), in_code);
}

#[test]
fn the_site_has_exactly_the_pages_that_exist() {
    let site = tree::read("docs/site.json");
    let listed: BTreeSet<&str> = members(&site, "file").into_iter().collect();
    let pages = tree::files("docs", &[".md"]);
    let mut existing: BTreeSet<&str> = pages.iter().map(|page| &*page.path).collect();
    existing.insert("README.md");
    assert_eq!(listed, existing);
    assert_eq!(members(&site, "slug").len(), listed.len());
}

#[test]
fn every_page_begins_with_its_title() {
    let site = tree::read("docs/site.json");
    for (file, title) in members(&site, "file")
        .into_iter()
        .zip(members(&site, "title"))
    {
        let page = tree::read(file);
        assert_eq!(page.lines().next(), Some(&*format!("# {title}")), "{file}");
    }
}

#[test]
fn links_lead_somewhere() {
    let site = tree::read("docs/site.json");
    let slugs = members(&site, "slug");
    for file in members(&site, "file") {
        let page = tree::read(file);
        for link in links(&page) {
            let leads = match link.strip_prefix('/') {
                Some(slug) => slugs.contains(&slug),
                None if link.is_empty() || link.contains("://") => true,
                None => file == "README.md" && members(&site, "file").contains(&link),
            };
            assert!(leads, "{file} links to {link}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{documented, links, members, registered};

    #[test]
    fn a_registry_is_read() {
        let code = "types! {\n  NotFound = \"not_found\", NOT_FOUND, \"Nothing\",\n\
            }\nlet a = \"x\";\n(QuotaExceeded) = \"b\", c";
        assert_eq!(pairs(&registered(code)), ["not_found 404"]);
    }

    #[test]
    fn pages_are_read() {
        let page = "# Problems\n### `not_found` (404)\ntext `other`\n### `conflict`\n## Title\n";
        assert_eq!(pairs(&documented(page)), ["not_found 404"]);
        assert_eq!(links("[a](/b#c) and ![d](e \"f\")"), ["/b", "e"]);
    }

    fn pairs(found: &std::collections::BTreeSet<(String, String)>) -> Vec<String> {
        found
            .iter()
            .map(|(slug, status)| format!("{slug} {status}"))
            .collect()
    }

    #[test]
    fn members_are_read() {
        let json = r#"{"pages": [{"file": "a.md", "slug": ""}, {"slug":"b"}]}"#;
        assert_eq!(members(json, "slug"), ["", "b"]);
        assert_eq!(members(json, "file"), ["a.md"]);
    }
}
