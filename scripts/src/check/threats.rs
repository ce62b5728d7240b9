//! The stage that holds the threats of `docs/threats.md` against the tests: a row is proven if a test
//! that names it passed in this run, and the page must say of each row whether it is. It must never
//! know what a test does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};

use super::passed::Test;
use crate::console;
use crate::tree::Tree;

/// The rows.
const ROWS: &str = "docs/threats.md";

/// What a test's comment begins with, directly above its attributes.
const MARK: &str = "/// Threat ";

/// What the page says of rows that a test proves, and of the others.
const STATES: [(&str, bool); 2] = [("proven", true), ("open", false)];

/// A row of the page.
#[derive(Debug)]
struct Row {
    promise: String,
    /// Whether the page says that a test proves it.
    is_proven: bool,
}

/// A test that says which threat it answers.
#[derive(Debug, PartialEq, Eq)]
struct Claim {
    row: String,
    /// The file that it stands in.
    path: String,
    function: String,
}

/// Keeps the tests that passed in this run, for [`check`].
pub(super) fn keep(tree: &Tree, passed: &BTreeSet<Test>) -> anyhow::Result<()> {
    let file = file(tree);
    let mut text = format!("{}\n", std::process::id());
    for (root, name) in passed {
        text.extend([root, "\t", name, "\n"]);
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).context("the target folder is not writable")?;
    }
    fs::write(file, text).context("the target folder is not writable")
}

fn file(tree: &Tree) -> PathBuf {
    tree.target().join("check").join("passed-tests.txt")
}

/// Holds the rows against the tests, and lists those that are open.
pub(super) fn check(tree: &Tree) -> anyhow::Result<String> {
    let kept = fs::read_to_string(file(tree)).unwrap_or_default();
    let (run, passed) = kept.split_once('\n').unwrap_or_default();
    if run != std::process::id().to_string() {
        bail!("which tests pass is known only after `tests` in the same run");
    }
    let text = fs::read_to_string(tree.path(ROWS)).with_context(|| ROWS.to_owned())?;
    let rows = rows(&text)?;
    let mut claims = Vec::new();
    for (path, text) in tree.files(".rs")? {
        claims.extend(claims_in(&path, &text)?);
    }
    let proven = proven(&rows, &claims, passed)?;
    let open: Vec<&str> = rows
        .keys()
        .map(String::as_str)
        .filter(|row| !proven.contains(row))
        .collect();
    for row in &open {
        let promise = rows.get(*row).map_or("", |row| &row.promise);
        console::note(format_args!("{row:<4}open  {promise}"));
    }
    console::result(format_args!("open: {}", open.join(" ")));
    let words = format!(
        "{} of {} threats have a passing test",
        proven.len(),
        rows.len()
    );
    console::result(&words);
    agree(&rows, &proven)?;
    Ok(words)
}

/// Makes sure that the page says of each row what the tests say.
fn agree(rows: &BTreeMap<String, Row>, proven: &BTreeSet<&str>) -> anyhow::Result<()> {
    let wrong = rows
        .iter()
        .filter(|(id, row)| row.is_proven != proven.contains(id.as_str()));
    let wrong: Vec<String> = wrong
        .map(|(id, row)| {
            if row.is_proven {
                format!("{id} is proven by no test that passed")
            } else {
                format!("{id} is proven by a test")
            }
        })
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{ROWS} says otherwise: {}", wrong.join(", "))
}

/// Reads the rows: each line of a table that begins with an id, such as `A1`, with its promise and
/// its state.
fn rows(page: &str) -> anyhow::Result<BTreeMap<String, Row>> {
    let mut rows = BTreeMap::new();
    for line in page.lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let (Some(id), Some(promise), state) = (cells.next(), cells.next(), cells.next()) else {
            continue;
        };
        if !is_id(id) {
            continue;
        }
        let state = STATES.iter().find(|(name, _)| Some(*name) == state);
        let (_, is_proven) = state.with_context(|| format!("{ROWS}: {id} has no state"))?;
        let row = Row {
            promise: promise.to_owned(),
            is_proven: *is_proven,
        };
        if rows.insert(id.to_owned(), row).is_some() {
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
            claims.extend(rows.drain(..).map(|row| Claim {
                row,
                path: path.to_owned(),
                function: name.to_owned(),
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

/// Returns the rows that a test claims which passed.
fn proven<'a>(
    rows: &BTreeMap<String, Row>,
    claims: &'a [Claim],
    passed: &str,
) -> anyhow::Result<BTreeSet<&'a str>> {
    let passed: Vec<(&str, &str)> = passed
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let mut proven = BTreeSet::new();
    for claim in claims {
        let Claim { row, path, .. } = claim;
        if !rows.contains_key(row) {
            bail!("{path}: there is no threat `{row}`");
        }
        if passed.iter().any(|(root, name)| claim.is_at(root, name)) {
            proven.insert(row.as_str());
        }
    }
    Ok(proven)
}

impl Claim {
    /// Reports whether a test of the crate that begins in `root` is the one that claims.
    fn is_at(&self, root: &str, name: &str) -> bool {
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = self.path.strip_prefix(folder);
        let Some(inside) = inside.and_then(|path| path.strip_suffix(".rs")) else {
            return false;
        };
        let modules: Vec<&str> = if self.path == root {
            Vec::new()
        } else {
            inside.split('/').filter(|part| !part.is_empty()).collect()
        };
        let is = |inner: &[&str]| {
            let parts = [&*modules, inner].concat();
            name.split("::").eq(parts)
        };
        // The module that holds the tests of a file may stand inside it.
        is(&[&self.function]) || is(&["tests", &self.function])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Claim, Row, agree, claims_in, proven, rows};
    use crate::tree::Tree;

    const PAGE: &str = "# Threats\n| # | Promise | Is |\n| --- | --- | --- |\n\
        | A1 | one | proven |\n| A2 | two | open |\n";

    const ROOT: &str = "shared/a/src/lib.rs";

    fn count(code: &str, tests: &[(&str, &str)]) -> anyhow::Result<usize> {
        let rows = rows(PAGE).unwrap();
        let claims = claims_in("shared/a/src/b.rs", code)?;
        let lines = tests.iter().map(|(root, name)| format!("{root}\t{name}\n"));
        Ok(proven(&rows, &claims, &lines.collect::<String>())?.len())
    }

    #[test]
    fn a_row_counts_if_a_test_that_names_it_passed() {
        let one = "/// Threat A1: never.\n#[test]\nfn holds() {}\n";
        assert_eq!(count(one, &[(ROOT, "b::tests::holds")]).unwrap(), 1);
        assert_eq!(count(one, &[(ROOT, "b::holds")]).unwrap(), 1);
        let others = [(ROOT, "c::holds"), (ROOT, "b::tests::breaks")];
        assert_eq!(count(one, &others).unwrap(), 0);
        for marks in [
            "/// Threat A1: never.\n/// Threat A2: nor that.\n/// More.",
            "/// Threat A1, A2: never.",
            "/// Threat A1 and A2: never.",
        ] {
            let two = format!("{marks}\n#[tokio::test(flavor = \"a\")]\nasync fn holds() {{}}\n");
            assert_eq!(count(&two, &[(ROOT, "b::holds")]).unwrap(), 2);
        }
    }

    #[test]
    fn a_test_of_another_crate_or_module_proves_nothing() {
        let one = "/// Threat A1: never.\n#[test]\nfn holds() {}\n";
        for (root, name) in [
            ("shared/x/src/lib.rs", "b::holds"),
            ("shared/x/src/lib.rs", "b::tests::holds"),
            ("shared/a/tests/all.rs", "b::holds"),
            ("shared/a/src/b.rs", "b::holds"),
            (ROOT, "a::b::holds"),
            (ROOT, "holds"),
        ] {
            assert_eq!(count(one, &[(root, name)]).unwrap(), 0, "{root} {name}");
        }
        let claim = |path: &str| Claim {
            row: "A1".to_owned(),
            path: path.to_owned(),
            function: "holds".to_owned(),
        };
        let root = "tests/tests/all/main.rs";
        assert!(claim(root).is_at(root, "holds"));
        assert!(claim("tests/tests/all/a/b.rs").is_at(root, "a::b::holds"));
        assert!(!claim("tests/tests/all/a/b.rs").is_at(root, "b::holds"));
        assert!(!claim("tests/tests/allness/b.rs").is_at(root, "b::holds"));
    }

    #[test]
    fn what_names_no_row_or_is_no_test_is_an_error() {
        for code in [
            "/// Threat A3: never.\n#[test]\nfn holds() {}\n",
            "/// Threat A1: never.\nfn holds() {}\n",
            "/// Threat A1: never.\n\n#[test]\nfn holds() {}\n",
        ] {
            assert!(count(code, &[(ROOT, "b::holds")]).is_err(), "{code}");
        }
    }

    #[test]
    fn the_page_and_the_tests_must_agree() {
        let rows = rows(PAGE).unwrap();
        let said = |proven: &[&'static str]| {
            let proven: BTreeSet<&str> = proven.iter().copied().collect();
            agree(&rows, &proven).map_err(|error| error.to_string())
        };
        assert_eq!(said(&["A1"]), Ok(()));
        let lost = said(&[]).unwrap_err();
        assert!(
            lost.ends_with(": A1 is proven by no test that passed"),
            "{lost}"
        );
        let won = said(&["A1", "A2"]).unwrap_err();
        assert!(won.ends_with(": A2 is proven by a test"), "{won}");
    }

    #[test]
    fn every_row_has_a_state() {
        for line in [
            "| A3 | three |",
            "| A3 | three | maybe |",
            "| A1 | one | open |",
        ] {
            assert!(rows(&format!("{PAGE}{line}\n")).is_err(), "{line}");
        }
        assert!(rows("no table").is_err());
    }

    #[test]
    fn this_trees_tests_name_the_rows_that_are_said_to_be_proven() {
        let tree = Tree::find().unwrap();
        let rows = rows(&std::fs::read_to_string(tree.path(super::ROWS)).unwrap()).unwrap();
        let mut claims = Vec::new();
        for (path, text) in tree.files(".rs").unwrap() {
            claims.extend(claims_in(&path, &text).unwrap());
        }
        assert!(proven(&rows, &claims, "").unwrap().is_empty());
        let claimed = claims.iter().map(|claim| claim.row.as_str()).collect();
        agree(&rows, &claimed).unwrap();
        assert!(rows.values().any(|Row { is_proven, .. }| *is_proven));
    }
}
