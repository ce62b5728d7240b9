//! The stage that counts the threats which tests answer: the rows of `docs/threats.md`, and of these
//! the ones that a test names which passed in this run. It must never know what a test does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::console;
use crate::tree::Tree;

/// The rows.
const ROWS: &str = "docs/threats.md";

/// What a test's comment begins with, directly above its attributes.
const MARK: &str = "/// Threat ";

/// A test that says which threat it answers.
#[derive(Debug, PartialEq, Eq)]
struct Claim {
    row: String,
    /// Where it stands, file and function, part by part.
    place: Vec<String>,
}

/// Keeps the names of the tests that passed in this run, for [`check`].
pub(super) fn keep(tree: &Tree, passed: &BTreeSet<String>) -> anyhow::Result<()> {
    let file = file(tree);
    let names: Vec<&str> = passed.iter().map(String::as_str).collect();
    let text = format!("{}\n{}\n", std::process::id(), names.join("\n"));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).context("the target folder is not writable")?;
    }
    fs::write(file, text).context("the target folder is not writable")
}

/// Reads the name of a test that passed from a line that cargo prints.
pub(super) fn passed(line: &str) -> Option<&str> {
    let name = line.strip_prefix("test ")?.strip_suffix(" ... ok")?;
    // One that is meant to panic says so.
    name.split(' ').next()
}

fn file(tree: &Tree) -> PathBuf {
    tree.target().join("check").join("passed-tests.txt")
}

/// Counts the rows.
pub(super) fn check(tree: &Tree) -> anyhow::Result<String> {
    let kept = fs::read_to_string(file(tree)).unwrap_or_default();
    let (run, names) = kept.split_once('\n').unwrap_or_default();
    if run != std::process::id().to_string() {
        bail!("which tests pass is known only after `tests` in the same run");
    }
    let text = fs::read_to_string(tree.path(ROWS)).with_context(|| ROWS.to_owned())?;
    let rows = rows(&text)?;
    let mut claims = Vec::new();
    for (path, text) in tree.files(".rs")? {
        claims.extend(claims_in(&path, &text)?);
    }
    let proven = proven(&rows, &claims, names)?;
    let open = rows.keys().filter(|row| !proven.contains(*row));
    for row in open.clone() {
        let promise = rows.get(row).map(String::as_str).unwrap_or_default();
        console::note(format_args!("{row:<4}open  {promise}"));
    }
    let open: Vec<&str> = open.map(String::as_str).collect();
    console::result(format_args!("open: {}", open.join(" ")));
    let words = format!(
        "{} of {} threats have a passing test",
        proven.len(),
        rows.len()
    );
    console::result(&words);
    Ok(words)
}

/// Reads the rows: each line of a table that begins with an id, such as `A1`, and its promise.
fn rows(page: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut rows = BTreeMap::new();
    for line in page.lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let (Some(id), Some(promise)) = (cells.next(), cells.next()) else {
            continue;
        };
        if is_id(id) && rows.insert(id.to_owned(), promise.to_owned()).is_some() {
            bail!("{ROWS}: {id} is there twice");
        }
    }
    if rows.is_empty() {
        bail!("{ROWS}: there is no row");
    }
    Ok(rows)
}

fn is_id(text: &str) -> bool {
    let digits = text.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    text.len() == digits.len() + 1 && digits.parse::<u32>().is_ok()
}

/// Reads what tests of a file claim. A mark that stands on no test is an error.
fn claims_in(path: &str, text: &str) -> anyhow::Result<Vec<Claim>> {
    let mut claims = Vec::new();
    let mut rows: Vec<String> = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix(MARK) {
            rows.extend(named(rest));
        } else if rows.is_empty() || line.starts_with("///") {
        } else if line.starts_with("#[") {
            is_test |= line.contains("test]") || line.contains("test(");
        } else if let Some((_, rest)) = line.split_once("fn ") {
            if !is_test {
                bail!("{path}: a threat is named where there is no test: `{line}`");
            }
            let name = rest.split('(').next().unwrap_or_default();
            let place = place(path, name);
            claims.extend(rows.drain(..).map(|row| Claim {
                row,
                place: place.clone(),
            }));
            is_test = false;
        } else if line.is_empty() || line.starts_with("//") {
            bail!("{path}: a threat is named above nothing");
        }
    }
    Ok(claims)
}

/// Reads the rows that a comment names: `A1`, `A1, A2` or `A1 and A2`, up to the colon.
fn named(comment: &str) -> Vec<String> {
    let names = comment.split(':').next().unwrap_or_default();
    let names = names
        .split([',', ' '])
        .filter(|name| !["", "and"].contains(name));
    names.map(str::to_owned).collect()
}

/// Returns the parts of a function's place, as the parts of the test's name end.
fn place(path: &str, function: &str) -> Vec<String> {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    if parts
        .last()
        .is_some_and(|last| ["main", "lib"].contains(&&**last))
    {
        parts.pop();
    }
    parts.push(function.to_owned());
    parts
}

/// Returns the rows that a passed test names. A row that there is not is an error.
fn proven<'a>(
    rows: &BTreeMap<String, String>,
    claims: &'a [Claim],
    passed: &str,
) -> anyhow::Result<BTreeSet<&'a String>> {
    let names: Vec<Vec<&str>> = passed
        .lines()
        .map(|name| name.split("::").collect())
        .collect();
    let mut proven = BTreeSet::new();
    for claim in claims {
        if !rows.contains_key(&claim.row) {
            bail!(
                "{}: there is no threat `{}`",
                claim.place.join("/"),
                claim.row
            );
        }
        if names.iter().any(|name| is_at(name, &claim.place)) {
            proven.insert(&claim.row);
        }
    }
    Ok(proven)
}

/// Reports whether a test's name is that of a place. The module inside a file that holds its tests
/// is no file.
fn is_at(name: &[&str], place: &[String]) -> bool {
    let is_end = |name: &[&str]| {
        place.len() >= name.len()
            && place
                .iter()
                .rev()
                .zip(name.iter().rev())
                .all(|(part, word)| part == word)
    };
    match name {
        [modules @ .., "tests", function] => {
            let short: Vec<&str> = modules.iter().chain([function]).copied().collect();
            is_end(name) || is_end(&short)
        }
        _ => is_end(name),
    }
}

#[cfg(test)]
mod tests {
    use super::{claims_in, passed, place, proven, rows};
    use crate::tree::Tree;

    const PAGE: &str = "# Threats\n| # | Promise |\n| --- | --- |\n| A1 | one |\n| A2 | two |\n";

    fn count(code: &str, names: &str) -> anyhow::Result<usize> {
        let rows = rows(PAGE).unwrap();
        let claims = claims_in("shared/a/src/b.rs", code)?;
        Ok(proven(&rows, &claims, names)?.len())
    }

    #[test]
    fn a_row_counts_if_a_test_that_names_it_passed() {
        let one = "/// Threat A1: never.\n#[test]\nfn holds() {}\n";
        assert_eq!(count(one, "b::tests::holds").unwrap(), 1);
        assert_eq!(count(one, "b::holds").unwrap(), 1);
        assert_eq!(count(one, "c::holds\nb::tests::breaks").unwrap(), 0);
        for marks in [
            "/// Threat A1: never.\n/// Threat A2: nor that.\n/// More.",
            "/// Threat A1, A2: never.",
            "/// Threat A1 and A2: never.",
        ] {
            let two = format!("{marks}\n#[tokio::test(flavor = \"a\")]\nasync fn holds() {{}}\n");
            assert_eq!(count(&two, "b::holds").unwrap(), 2);
        }
    }

    #[test]
    fn what_names_no_row_or_is_no_test_is_an_error() {
        for code in [
            "/// Threat A3: never.\n#[test]\nfn holds() {}\n",
            "/// Threat A1: never.\nfn holds() {}\n",
            "/// Threat A1: never.\n\n#[test]\nfn holds() {}\n",
        ] {
            assert!(count(code, "b::holds").is_err(), "{code}");
        }
    }

    #[test]
    fn this_trees_tests_name_rows_that_there_are() {
        let tree = Tree::find().unwrap();
        let rows = rows(&std::fs::read_to_string(tree.path(super::ROWS)).unwrap()).unwrap();
        let mut claims = Vec::new();
        for (path, text) in tree.files(".rs").unwrap() {
            claims.extend(claims_in(&path, &text).unwrap());
        }
        assert!(claims.len() > 10, "{} tests name a threat", claims.len());
        assert!(proven(&rows, &claims, "").unwrap().is_empty());
    }

    #[test]
    fn names_and_places_are_read() {
        assert_eq!(passed("test a::b ... ok"), Some("a::b"));
        assert_eq!(passed("test a::b - should panic ... ok"), Some("a::b"));
        assert_eq!(passed("test a::b ... FAILED"), None);
        let found = place("tests/tests/budgets/main.rs", "holds");
        assert_eq!(found, ["tests", "tests", "budgets", "holds"]);
    }
}
