//! The folder in which the platform on one machine keeps its state: taken by one process at a time,
//! and never one that holds something else.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, bail};

/// The file that is locked while a platform uses the folder; where it is, the folder is ours.
const LOCK: &str = "instance.lock";

/// What a platform keeps in the folder, by the beginnings of the names: databases have files beside
/// them.
const KEPT: [&str; 6] = [
    "accounts.json",
    "functions.env",
    "lock",
    "objects",
    "state.db",
    "table.db",
];

/// Takes the folder for this process alone, until the lock that is returned is dropped. `is_fresh`
/// forgets all state first, and nothing else that may lie there.
///
/// # Errors
///
/// If another platform uses the folder, or if it holds something and was never a platform's.
pub fn take(folder: &Path, is_fresh: bool) -> anyhow::Result<File> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let is_empty = fs::read_dir(folder)?.next().is_none();
    if !is_empty && !folder.join(LOCK).exists() {
        bail!(
            "`{}` holds something that is no platform's state: choose a new or an empty folder \
             with --data",
            folder.display()
        );
    }
    let lock = File::create(folder.join(LOCK))?;
    if lock.try_lock().is_err() {
        bail!(
            "another platform uses `{}`: stop it, or choose a folder with --data",
            folder.display()
        );
    }
    if is_fresh {
        forget(folder)?;
    }
    Ok(lock)
}

fn forget(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !KEPT.iter().any(|kept| name.starts_with(kept)) {
            continue;
        }
        // A link is removed, not what it leads to.
        let path = entry.path();
        let removed = if entry.file_type()?.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.with_context(|| format!("cannot remove `{}`", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::take;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_folder_that_holds_something_else_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
        fs::create_dir(folder.path().join("objects")).unwrap();
        for is_fresh in [false, true] {
            let refused = take(folder.path(), is_fresh).unwrap_err().to_string();
            assert!(refused.contains("choose a new or an empty folder"));
            assert_eq!(names(folder.path()), ["objects", "thesis.txt"]);
        }
    }

    #[test]
    fn a_fresh_start_forgets_state_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        drop(take(folder.path(), true).unwrap());
        for name in ["table.db", "table.db-wal", "state.db", "accounts.json"] {
            fs::write(folder.path().join(name), "state").unwrap();
        }
        fs::create_dir_all(folder.path().join("objects/bucket")).unwrap();
        fs::write(folder.path().join("notes.txt"), "a person's").unwrap();
        let before = names(folder.path());
        drop(take(folder.path(), false).unwrap());
        assert_eq!(names(folder.path()), before);
        drop(take(folder.path(), true).unwrap());
        assert_eq!(names(folder.path()), ["instance.lock", "notes.txt"]);
    }

    #[test]
    fn one_process_has_the_folder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path(), false).unwrap();
        let refused = take(folder.path(), true).unwrap_err().to_string();
        assert!(refused.starts_with("another platform uses"), "{refused}");
        drop(first);
        take(folder.path(), false).unwrap();
    }
}
