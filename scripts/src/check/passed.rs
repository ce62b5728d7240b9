//! Which tests passed, each with the file that its crate begins in, as cargo tells it while it runs
//! them. It must never know what a test is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};

/// A test: the file at the root of its crate, inside the tree, and its name there.
pub(super) type Test = (String, String);

/// What becomes of a test that passes.
const PASSED: &str = "ok";

/// What becomes of one that fails.
const FAILED: &str = "FAILED";

/// What cargo tells. It names a binary on its standard error, and what the binary says of itself
/// follows on standard output: the first one named is the first one heard, and so on. What cargo
/// compiles the examples of the documentation into comes last, and without being named so.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// The binaries that began to run.
    begun: usize,
    /// The tests that passed, each with the number of its binary.
    tests: Vec<(usize, String)>,
    /// A test that ran when something else was said: what became of it follows on a line of its own.
    interrupted: Option<String>,
}

/// A binary that cargo names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Binary {
    /// The file at the root of its crate, inside its package.
    source: String,
    /// The program.
    program: String,
}

impl Passed {
    /// Hears a line of standard output.
    pub(super) fn hear(&mut self, line: &str) {
        if is_beginning(line) {
            self.begun += 1;
        } else if let Some((name, result)) = test(line) {
            self.interrupted = None;
            match result {
                PASSED => self.tests.push((self.begun, name.to_owned())),
                FAILED => {}
                _ => self.interrupted = Some(name.to_owned()),
            }
        } else if line == PASSED {
            let tests = self.interrupted.take().map(|name| (self.begun, name));
            self.tests.extend(tests);
        }
    }

    /// Returns the tests that passed in the binaries that cargo named.
    pub(super) fn of(self, tree: &Path, binaries: &[Binary]) -> anyhow::Result<BTreeSet<Test>> {
        let (begun, named) = (self.begun, binaries.len());
        ensure!(begun >= named, "{named} binaries were named, {begun} ran");
        let roots = binaries.iter().map(|binary| binary.root(tree));
        let roots: Vec<String> = roots.collect::<anyhow::Result<_>>()?;
        let tests = self.tests.into_iter().filter_map(|(number, name)| {
            let root = roots.get(number.checked_sub(1)?)?;
            Some((root.clone(), name))
        });
        Ok(tests.collect())
    }
}

impl Binary {
    /// Reads a line such as `Running tests/all/main.rs (target/debug/deps/all-0a1b)`.
    pub(super) fn read(line: &str) -> Option<Self> {
        let rest = line.trim_start().strip_prefix("Running ")?;
        let (source, program) = rest.strip_suffix(')')?.split_once(" (")?;
        let source = source.strip_prefix("unittests ").unwrap_or(source);
        Some(Self {
            source: source.replace('\\', "/"),
            program: program.to_owned(),
        })
    }

    /// Returns the file at the root of the crate, inside the tree.
    fn root(&self, tree: &Path) -> anyhow::Result<String> {
        let list = tree.join(&self.program).with_extension("d");
        let list = fs::read_to_string(&list).with_context(|| list.display().to_string())?;
        let root = root(&list, &self.source);
        root.with_context(|| format!("{} is not made of {}", self.program, self.source))
    }
}

/// Finds a package's file in the list of the files that a program was made of.
fn root(list: &str, source: &str) -> Option<String> {
    let list = list.replace('\\', "/");
    let is_it = |file: &&str| {
        file.strip_suffix(source)
            .is_some_and(|package| package.is_empty() || package.ends_with('/'))
    };
    let found = list.split_whitespace().filter(is_it);
    found.min_by_key(|file| file.len()).map(str::to_owned)
}

/// Reports whether a line is the first one of a binary.
fn is_beginning(line: &str) -> bool {
    let rest = line.strip_prefix("running ");
    let count = rest.and_then(|rest| {
        rest.strip_suffix(" tests")
            .or_else(|| rest.strip_suffix(" test"))
    });
    count.is_some_and(|count| count.parse::<u32>().is_ok())
}

/// Reads the name of a test, and what follows it.
fn test(line: &str) -> Option<(&str, &str)> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    // One that is meant to panic says so.
    Some((name.split(' ').next()?, result))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Binary, Passed, is_beginning, root, test};

    #[test]
    fn tests_are_known_by_the_binary_that_they_ran_in() {
        let folder = std::env::temp_dir().join(format!("hotswap-{}-passed", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut binaries = Vec::new();
        for (number, package) in ["shared/a", "shared/b"].into_iter().enumerate() {
            let list = format!("x.d: {package}/src/lib.rs {package}/src/x.rs\n");
            std::fs::write(folder.join(format!("x-{number}.d")), list).unwrap();
            let line = format!("     Running unittests src/lib.rs (x-{number})");
            binaries.push(Binary::read(&line).unwrap());
        }
        let hear = |lines: &[&str]| {
            let mut heard = Passed::default();
            for line in lines {
                heard.hear(line);
            }
            heard.of(&folder, &binaries)
        };
        let lines = [
            "",
            "running 2 tests",
            "test x::holds ... ok",
            "test x::breaks ... FAILED",
            "ok",
            "running 2 tests",
            "test x::breaks ... ok",
            "test x::talks ... said aloud",
            "ok",
            "ok",
            "running 1 test",
            "test shared/a/src/lib.rs - x (line 3) ... ok",
        ];
        let found = hear(&lines).unwrap();
        let pair = |root: &str, name: &str| (root.to_owned(), name.to_owned());
        let expected = [
            pair("shared/a/src/lib.rs", "x::holds"),
            pair("shared/b/src/lib.rs", "x::breaks"),
            pair("shared/b/src/lib.rs", "x::talks"),
        ];
        assert!(found.iter().eq(&expected), "{found:?}");
        assert!(hear(&["running 2 tests"]).is_err(), "one of two ran");
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(hear(&lines).is_err(), "nobody knows what they are made of");
    }

    #[test]
    fn lines_are_read() {
        assert_eq!(test("test a::b ... ok"), Some(("a::b", "ok")));
        assert_eq!(
            test("test a::b - should panic ... ok"),
            Some(("a::b", "ok"))
        );
        assert_eq!(test("test result: ok. 3 passed"), None);
        assert!(is_beginning("running 0 tests") && is_beginning("running 1 test"));
        assert!(!is_beginning("running many tests") && !is_beginning("not running 1 test"));
        let line = "     Running tests/all/main.rs (target/debug/deps/all-0a1b)";
        let binary = Binary::read(line).unwrap();
        assert_eq!(binary.source, "tests/all/main.rs");
        assert_eq!(binary.program, "target/debug/deps/all-0a1b");
        assert_eq!(Binary::read("   Doc-tests all"), None);
        assert!(binary.root(Path::new("no-such-folder")).is_err());
    }

    #[test]
    fn a_package_is_found_by_the_file_at_its_root() {
        let list = "a.d: a/src/lib.rs a/src/b/src/lib.rs\n\na/src/lib.rs:\n";
        assert_eq!(root(list, "src/lib.rs"), Some("a/src/lib.rs".to_owned()));
        assert_eq!(root("a.d: xsrc/lib.rs\n", "src/lib.rs"), None);
    }
}
