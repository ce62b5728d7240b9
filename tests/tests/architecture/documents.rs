//! Rules that hold the documentation to what it documents.

use std::collections::BTreeSet;

use serde_json::Value;

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
    ("GONE", "410"),
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

/// Returns what a page has below each heading of a level, by the heading.
fn sections<'a>(page: &'a str, level: &str) -> Vec<(&'a str, &'a str)> {
    let mark = format!("\n{level} ");
    page.split(&mark)
        .skip(1)
        .map(|section| section.split_once('\n').unwrap_or((section, "")))
        .collect()
}

#[test]
fn every_problem_type_has_its_cause_and_its_cure() {
    let page = tree::read("docs/problems.md");
    let types = sections(&page, "###");
    assert!(types.len() > 10, "the problem types were found");
    for (heading, text) in types {
        // The last one of a chapter is followed by the next chapter's heading.
        let text = text.split("\n## ").next().unwrap_or_default();
        let (cause, cure) = text.split_once("**Cure:**").unwrap_or_default();
        assert!(cause.trim().len() > 20, "{heading} has no cause");
        assert!(cure.trim().len() > 5, "{heading} has no cure");
    }
}

#[test]
fn every_figure_says_how_it_was_measured_and_no_other_does() {
    let page = tree::read("docs/figures/README.md");
    let sections = sections(&page, "##");
    for (name, text) in &sections {
        for part in ["Measures", "How:", "On what:", "Again:", "Does not say"] {
            let is_there = text.contains(&format!("**{part}**"));
            assert!(is_there, "docs/figures/README.md: `{name}` has no `{part}`");
        }
        let again = format!("`cargo x bench {name} --seed");
        assert!(text.contains(&again), "`{name}` is made by another command");
    }
    for file in tree::files("docs/figures", &[".json"]) {
        let is_told = sections
            .iter()
            .any(|(name, _)| file.path == format!("docs/figures/{name}.json"));
        assert!(
            is_told,
            "docs/figures/README.md does not tell of {}",
            file.path
        );
    }
    let benches = tree::read("scripts/src/bench.rs");
    let operations = tree::read("docs/operations.md");
    for (name, _) in &sections {
        let figures = tree::read(&format!("docs/figures/{name}.json"));
        assert!(
            figures.contains("\"uncommittedChanges\": false"),
            "`{name}` was measured on a tree that nobody else has"
        );
        let again = format!("cargo x bench {name}");
        assert!(
            operations.contains(&again),
            "docs/operations.md has no `{again}`"
        );
        let is_made = benches.contains(&format!("\"{name}\""));
        assert!(
            is_made,
            "docs/figures/README.md tells of `{name}`, which is no bench"
        );
    }
}

/// A figure in a page may be rounded, and no more.
#[test]
fn costs_in_the_page_are_those_that_were_reckoned() {
    let page = tree::read("docs/cost.md");
    let (_, table) = page.split_once("## What it comes to").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let told: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1))
        .map(|cell| cell.trim_end_matches(" |"))
        .filter(|cell| cell.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    assert!(told.len() > 10, "the costs were found");
    let figures: Value = serde_json::from_str(&tree::read("docs/figures/cost.json")).unwrap();
    let bills = figures["figures"]["bills"].as_object().unwrap().values();
    let mut reckoned: Vec<f64> = bills
        .flat_map(|bills| bills.as_array().unwrap())
        .map(|bill| bill["dollars"].as_f64().unwrap())
        .collect();
    for cost in told {
        let decimals = cost
            .split_once('.')
            .map_or(0, |(_, decimals)| decimals.len());
        // Half of the last digit, and what the figures themselves were rounded by.
        let near = 0.5 / 10_f64.powi(i32::try_from(decimals).unwrap()) * 1.11;
        let dollars: f64 = cost.replace(',', "").parse().unwrap();
        let found = reckoned
            .iter()
            .position(|bill| (bill - dollars).abs() <= near);
        let found = found.unwrap_or_else(|| panic!("docs/cost.md: nothing comes to {cost}"));
        reckoned.swap_remove(found);
    }
}

/// Returns what a template names of these types: a name on a line of its own, and its type on the next.
fn named<'a>(template: &'a str, types: &[&str]) -> Vec<&'a str> {
    let lines: Vec<&str> = template.lines().collect();
    lines
        .iter()
        .zip(lines.iter().skip(1))
        .filter(|(_, next)| {
            let kind = next.strip_prefix("    Type: ");
            kind.is_some_and(|kind| types.contains(&kind))
        })
        .filter_map(|(line, _)| line.trim().strip_suffix(':'))
        .collect()
}

#[test]
fn what_operators_deal_with_is_documented() {
    let template = tree::read("template.yaml");
    let page = tree::read("docs/operations.md");
    let types = [
        "String",
        "Number",
        "AWS::SecretsManager::Secret",
        "AWS::CloudWatch::Alarm",
        "AWS::SQS::Queue",
    ];
    let named = named(&template, &types);
    assert!(named.len() > 15, "the template was read: {named:?}");
    for name in named {
        let is_there = page.contains(&format!("`{name}`"));
        assert!(is_there, "docs/operations.md does not have `{name}`");
    }
    for chapter in [
        "## Deploying to AWS",
        "### The first operator",
        "## Secrets",
        "## Upgrading",
        "## Taking it down",
    ] {
        assert!(page.contains(chapter), "docs/operations.md lost {chapter}");
    }
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

/// Returns the routes that a page documents: the rows that begin with a method and a path. A path that
/// begins with `…` is the end of one.
fn routes(page: &str) -> Vec<(&str, &str)> {
    page.lines()
        .filter_map(|line| {
            let (method, path) = line
                .strip_prefix("| `")?
                .split_once('`')?
                .0
                .split_once(' ')?;
            Some((method, path))
        })
        .collect()
}

/// Threat E7: the routes that code has, those of the description and those of the tour are the same.
#[test]
fn every_route_is_described_and_toured_and_no_other() {
    let table = tree::read("tests/golden/authz.txt");
    let in_code: BTreeSet<(&str, &str)> = table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?))
        })
        .collect();
    assert!(in_code.len() > 30, "the routes were found: {in_code:?}");
    let description: Value = serde_json::from_str(&tree::read("docs/openapi.json")).unwrap();
    let paths = description["paths"].as_object().unwrap().iter();
    let described: BTreeSet<(String, &str)> = paths
        .flat_map(|(path, operations)| {
            let methods = operations.as_object().unwrap().keys();
            methods.map(|method| (method.to_uppercase(), path.as_str()))
        })
        .collect();
    let known: BTreeSet<(String, &str)> = in_code
        .iter()
        .map(|(method, path)| ((*method).to_owned(), *path))
        .collect();
    assert_eq!(described, known);
    let tour = tree::read("docs/api.md");
    let toured = routes(&tour);
    let fits = |(method, path): (&str, &str), row: (&str, &str)| {
        let is_path = match row.1.strip_prefix('…') {
            Some(end) => path.ends_with(end),
            None => path == row.1,
        };
        method == row.0 && is_path
    };
    for route in &in_code {
        let is_toured = toured.iter().any(|row| fits(*route, *row));
        assert!(is_toured, "docs/api.md does not have {route:?}");
    }
    for row in toured {
        let is_route = in_code.iter().any(|route| fits(*route, row));
        assert!(is_route, "docs/api.md has {row:?}, which is no route");
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
