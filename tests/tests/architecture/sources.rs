//! Rules about source files: what no file may say, and how long it may be.

use crate::rust::{Source, source, test_part, words};
use crate::tree::{self, File};

const LINES_MAX: usize = 400;

/// Where keys are declared: the only files that may spell one.
const KEYS: &str = "shared/tenancy/src/key";

/// Crates that a domain module must not name.
const OUTSIDE: &[&str] = &[
    "axum",
    "blobs",
    "http",
    "lambda_http",
    "lambda_runtime",
    "queue",
    "table",
    "web",
];

fn rust_files() -> Vec<(File, Source)> {
    tree::files("", &[".rs"])
        .into_iter()
        .map(|file| {
            let source = source(&file.text);
            (file, source)
        })
        .collect()
}

/// Returns what a domain module names although it must not know it.
fn outside_names(code: &str) -> Vec<String> {
    words(code)
        .filter(|(word, after)| {
            *word == "repository"
                || word.starts_with("aws_")
                || (OUTSIDE.contains(word) && after.trim_start().starts_with("::"))
        })
        .map(|(word, _)| word.to_owned())
        .collect()
}

fn is_domain(path: &str) -> bool {
    path.ends_with("/src/domain.rs") || path.contains("/src/domain/")
}

/// Returns whether a literal spells a key: `SITE#…`, `T#{tenant}#…`.
fn spells_a_key(literal: &str) -> bool {
    let is_key = |at: usize| {
        let name = literal[..at]
            .bytes()
            .rev()
            .take_while(u8::is_ascii_uppercase)
            .count();
        let before = literal[..at - name].chars().last();
        name > 0 && matches!(before, None | Some('#' | '}'))
    };
    !literal.contains(' ') && literal.match_indices('#').any(|(at, _)| is_key(at))
}

/// Returns the calls that wait for the wall clock.
fn sleeps(code: &str) -> usize {
    let is_sleep = |(word, after): &(&str, &str)| {
        matches!(*word, "sleep" | "sleep_until" | "sleep_ms") && after.trim_start().starts_with('(')
    };
    words(code).filter(is_sleep).count()
}

/// Returns whether a test is switched off.
fn ignores_a_test(code: &str) -> bool {
    code.split("#[").skip(1).any(|rest| {
        words(rest).next().is_some_and(|(word, _)| word == "ignore")
            || rest.starts_with("cfg_attr")
                && rest.split(']').next().unwrap_or("").contains("ignore")
    })
}

/// Returns the marks of unfinished work in a text.
fn unfinished(text: &str) -> Vec<&'static str> {
    const MARKS: [&str; 4] = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("HA", "CK"),
    ];
    MARKS
        .into_iter()
        .filter(|mark| words(text).any(|(word, _)| word == *mark))
        .collect()
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_are_short() {
    let long: Vec<String> = tree::files("", &[".rs"])
        .iter()
        .map(|file| (&file.path, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{path} has {lines} lines"))
        .collect();
    assert_none(&long);
}

#[test]
fn domains_know_neither_storage_nor_http() {
    let wrong: Vec<String> = rust_files()
        .iter()
        .filter(|(file, _)| is_domain(&file.path))
        .flat_map(|(file, source)| {
            outside_names(&source.code)
                .into_iter()
                .map(|name| format!("{}: {name}", file.path))
        })
        .collect();
    assert_none(&wrong);
}

#[test]
fn keys_are_spelled_in_one_place() {
    let is_product = |path: &str| path.starts_with("functions/") || path.starts_with("shared/");
    let mut wrong = Vec::new();
    for (file, source) in rust_files() {
        if !is_product(&file.path) || file.path.starts_with(KEYS) {
            continue;
        }
        let product_end = source.code.len() - test_part(&file.path, &source.code).len();
        let product_lines = source.code[..product_end].matches('\n').count() + 1;
        for (line, literal) in &source.literals {
            if *line <= product_lines && spells_a_key(literal) && product_end > 0 {
                wrong.push(format!("{}:{line}: {literal}", file.path));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn nothing_is_unfinished() {
    let mut wrong = Vec::new();
    for file in tree::files(
        "",
        &[".rs", ".md", ".toml", ".yaml", ".html", ".css", ".txt"],
    ) {
        wrong.extend(
            unfinished(&file.text)
                .iter()
                .map(|mark| format!("{}: {mark}", file.path)),
        );
    }
    assert_none(&wrong);
}

/// Returns the folders of one machine that a text names.
fn machine_folders(text: &str) -> Vec<&'static str> {
    const FOLDERS: [&str; 3] = [
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/ho", "me/"),
    ];
    FOLDERS
        .into_iter()
        .filter(|folder| text.contains(folder))
        .collect()
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    let mut wrong = Vec::new();
    for file in tree::files(
        "",
        &[".rs", ".md", ".toml", ".yaml", ".json", ".txt", ".html"],
    ) {
        let found = machine_folders(&file.text);
        wrong.extend(
            found
                .iter()
                .map(|folder| format!("{}: {folder}", file.path)),
        );
    }
    assert_none(&wrong);
}

/// The client of a platform outside this process: it can only look again later. No test waits so.
const WAITS_FOR_OTHERS: &str = "tests/src/over_http.rs";

#[test]
fn no_test_is_switched_off_and_none_sleeps() {
    let mut wrong = Vec::new();
    for (file, source) in rust_files() {
        if ignores_a_test(&source.code) {
            wrong.push(format!("{} ignores a test", file.path));
        }
        let sleeps = sleeps(test_part(&file.path, &source.code)) > 0;
        if sleeps && file.path != WAITS_FOR_OTHERS {
            wrong.push(format!("{} sleeps in a test", file.path));
        }
    }
    assert_none(&wrong);
}

#[test]
fn no_module_is_called_mod() {
    let wrong: Vec<String> = tree::files("", &["/mod.rs"])
        .into_iter()
        .map(|file| file.path)
        .collect();
    assert_none(&wrong);
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent =
        |file: &File| file.path.contains("/src/") && !file.text.trim_start().starts_with("//!");
    let wrong: Vec<String> = tree::files("", &[".rs"])
        .into_iter()
        .filter(silent)
        .map(|file| file.path)
        .collect();
    assert_none(&wrong);
}

#[cfg(test)]
mod tests {
    use super::{
        ignores_a_test, is_domain, machine_folders, outside_names, sleeps, spells_a_key, unfinished,
    };

    #[test]
    fn outside_names_are_found_in_code() {
        let code = "use crate::repository; fn f(page: table::Item) { aws_sdk_s3::x(); web :: y }";
        assert_eq!(
            outside_names(code),
            ["repository", "table", "aws_sdk_s3", "web"]
        );
        assert!(outside_names("let table = http; let repositories = 1;").is_empty());
        assert!(is_domain("functions/content/src/domain/page.rs"));
        assert!(!is_domain("functions/content/src/handlers/domain_names.rs"));
    }

    #[test]
    fn keys_are_told_from_other_texts() {
        for key in [
            "T#{tenant}#SITE",
            "SITE#",
            "DUE#{kind}#{minute}",
            "{prefix}#PAGE#",
        ] {
            assert!(spells_a_key(key), "{key}");
        }
        for other in [
            "#{tag}",
            "{:#?}",
            "{value:#x}",
            "#/seo/title",
            "see RFC#1",
            "#fff",
            "a#b",
            "p#A",
        ] {
            assert!(!spells_a_key(other), "{other}");
        }
    }

    #[test]
    fn sleeps_and_ignored_tests_are_found() {
        assert_eq!(
            sleeps("std::thread::sleep(x); tokio::time::sleep_until (y); asleep(z);"),
            2
        );
        assert!(ignores_a_test("#[test] #[ ignore] fn a() {}"));
        assert!(ignores_a_test("#[cfg_attr(windows, ignore)] fn a() {}"));
        assert!(!ignores_a_test("#[test] fn ignore() {}"));
    }

    #[test]
    fn marks_of_unfinished_work_are_found() {
        let mark = concat!("TO", "DO");
        assert_eq!(unfinished(&format!("// {mark}: later")), [mark]);
        assert!(unfinished("to do, TODOS").is_empty());
    }

    #[test]
    fn folders_of_one_machine_are_found() {
        let folder = concat!("/ro", "ot/");
        assert_eq!(machine_folders(&format!("in {folder}x")), [folder]);
        assert!(machine_folders("~/.cache, work/, $HOME/x").is_empty());
    }
}
