//! `cargo x golden`: writes the golden files anew from what the code says. It must never know what
//! is in them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::tree::Tree;
use crate::{console, process};

/// The golden files with their content.
pub(crate) type Goldens = BTreeMap<PathBuf, Vec<u8>>;

/// Writes the golden files anew.
pub(crate) fn run(tree: &Tree) -> anyhow::Result<()> {
    let before = read(tree.root())?;
    write(tree)?;
    let after = read(tree.root())?;
    for path in changed(&before, &after) {
        console::result(format_args!("changed  {}", path.display()));
    }
    console::result(format_args!("{} golden files", after.len()));
    Ok(())
}

/// Runs every test with `golden` in its name in the mode that writes.
pub(crate) fn write(tree: &Tree) -> anyhow::Result<()> {
    let mut command = tree.cargo();
    // The same choice of packages as the tests have, so that nothing is built anew. Tests of this
    // module are named after it and write nothing.
    command.args(["test", "--workspace", "--tests"]);
    command.args(["--", "golden", "--skip", "golden::"]);
    command
        .env("HOTSWAP_GOLDEN", "write")
        .env("INSTA_UPDATE", "always");
    let mut count = 0;
    process::watch(&mut command, |line| count += passed(line))?;
    if count == 0 {
        bail!("no test with `golden` in its name was found");
    }
    Ok(())
}

/// Returns the number of tests that a closing line of a test binary says passed.
pub(crate) fn passed(line: &str) -> u64 {
    let Some((_, counts)) = line.split_once("test result: ") else {
        return 0;
    };
    let number = counts
        .split(". ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Reads every golden file: what lies in a folder `golden`, and insta's snapshots.
pub(crate) fn read(root: &Path) -> anyhow::Result<Goldens> {
    let mut goldens = Goldens::new();
    collect(root, root, &mut goldens).context("the golden files are not readable")?;
    Ok(goldens)
}

fn collect(root: &Path, folder: &Path, goldens: &mut Goldens) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            let hidden = name.to_string_lossy().starts_with('.');
            if !hidden && name != "target" && name != "node_modules" {
                collect(root, &path, goldens)?;
            }
        } else if folder.ends_with("golden") || path.extension().is_some_and(|end| end == "snap") {
            let inside = path.strip_prefix(root).unwrap_or(&path).to_owned();
            goldens.insert(inside, fs::read(&path)?);
        }
    }
    Ok(())
}

/// Returns the files that are not the same in both, in order.
pub(crate) fn changed<'a>(before: &'a Goldens, after: &'a Goldens) -> Vec<&'a Path> {
    let mut paths: Vec<&Path> = before
        .keys()
        .chain(after.keys())
        .map(PathBuf::as_path)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths.retain(|path| before.get(*path) != after.get(*path));
    paths
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Goldens, changed, passed};

    #[test]
    fn changed_missing_and_new_files_are_found() {
        let files = |list: &[(&str, &str)]| -> Goldens {
            list.iter()
                .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()))
                .collect()
        };
        let before = files(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let after = files(&[("a", "1"), ("b", "2"), ("d", "1")]);
        assert_eq!(changed(&before, &after), ["b", "c", "d"].map(Path::new));
        assert!(changed(&before, &before).is_empty());
    }

    #[test]
    fn closing_lines_are_read() {
        let line = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out";
        assert_eq!(passed(line), 12);
        assert_eq!(passed("running 12 tests"), 0);
    }
}
