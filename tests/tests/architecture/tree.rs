//! The files of the tree, read once for each question. It must never know the rules.

use std::fs;
use std::path::{Path, PathBuf};

/// A file with its path inside the tree, in which folders are separated by `/`.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Returns the root of the tree.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tree has a root")
        .to_owned()
}

/// Reads one file.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads every file below a folder (`""` for all) whose name ends in one of `endings`, in order.
pub(crate) fn files(below: &str, endings: &[&str]) -> Vec<File> {
    let mut paths = Vec::new();
    collect(&root().join(below), &mut paths);
    paths.sort_unstable();
    let root = root();
    paths
        .into_iter()
        .filter(|path| {
            endings
                .iter()
                .any(|ending| path.to_string_lossy().ends_with(ending))
        })
        .map(|path| {
            let inside = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            let text =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{inside}: {error}"));
            File { path: inside, text }
        })
        .collect()
}

/// Returns the names of the folders in a folder, in order.
pub(crate) fn folders(inside: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join(inside))
        .unwrap_or_else(|error| panic!("{inside}: {error}"))
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    names
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(Result::unwrap)
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().unwrap();
        let is_ours = name != "target" && name != "node_modules" && !name.starts_with('.');
        if kind.is_dir() && is_ours {
            collect(&entry.path(), paths);
        } else if kind.is_file() {
            paths.push(entry.path());
        }
    }
}
