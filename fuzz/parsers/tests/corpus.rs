//! What fuzzing kept is run again: every input that ever reached something new, and every one that
//! ever showed a mistake.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use parsers::TARGETS;

/// Inputs of a target, at least.
const INPUTS_MIN: usize = 50;

/// Targets of which little is kept so far, and how many inputs there are at least.
const FEW_INPUTS: [(&str, usize); 4] = [
    ("html", 15),
    ("invocation", 45),
    ("link_token", 25),
    ("refresh_token", 20),
];

/// Bytes of the whole corpus, at most: it is kept with the source.
const CORPUS_BYTES_MAX: u64 = 2_097_152;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Panics of this process so far, those that the product caught included.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Runs the inputs of some targets. Each has as many as it must have.
fn replay(is_meant: impl Fn(&str) -> bool) {
    static COUNTS: Once = Once::new();
    COUNTS.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            told(panic);
        }));
    });
    for target in TARGETS.iter().filter(|target| is_meant(target.name)) {
        let corpus = folder("corpus").join(target.name);
        let names = names_in(&corpus);
        let few = FEW_INPUTS.iter().find(|(name, _)| *name == target.name);
        let least = few.map_or(INPUTS_MIN, |(_, least)| *least);
        assert!(
            names.len() >= least,
            "corpus/{}: {}",
            target.name,
            names.len()
        );
        for name in names {
            let input = fs::read(corpus.join(&name)).unwrap();
            let run = std::panic::AssertUnwindSafe(|| (target.run)(&input));
            let before = PANICS.load(Ordering::SeqCst);
            let ended = std::panic::catch_unwind(run);
            let is_quiet = PANICS.load(Ordering::SeqCst) == before;
            assert!(ended.is_ok() && is_quiet, "corpus/{}/{name}", target.name);
        }
    }
}

/// The targets that need a whole platform.
const WITH_PLATFORM: [&str; 12] = [
    "access_token",
    "body",
    "call",
    "cursor",
    "headers",
    "image",
    "invocation",
    "link_token",
    "message",
    "path",
    "refresh_token",
    "visit",
];

/// Threat D1: what is sanitised is harmless, and sanitising it again changes nothing.
#[test]
fn the_corpus_of_what_is_read_holds() {
    replay(|name| !WITH_PLATFORM.contains(&name));
}

/// Threat A8: no cursor is taken but a list's own, whatever it is made of.
/// Threat E7: where the description has no operation there is none, and no answer is one that it does
/// not have.
#[test]
fn the_corpus_of_what_is_asked_holds() {
    replay(|name| WITH_PLATFORM.contains(&name));
}

#[test]
fn every_target_has_a_corpus_and_a_program() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(names_in(&folder("corpus")), targets);
    let programs = targets.iter().map(|name| format!("{name}.rs"));
    assert_eq!(names_in(&folder("fuzz_targets")), programs.collect());
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    for name in &targets {
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
}

#[test]
fn the_table_of_targets_is_whole() {
    let page = fs::read_to_string(folder("README.md")).unwrap();
    for target in TARGETS {
        let line = format!(
            "| `{}` | {} | {} |\n",
            target.name, target.takes, target.holds
        );
        assert!(page.contains(&line), "missing in fuzz/README.md: {line}");
    }
}

#[test]
fn the_corpus_is_small() {
    let mut bytes = 0;
    for target in TARGETS {
        let corpus = folder("corpus").join(target.name);
        for name in names_in(&corpus) {
            bytes += fs::metadata(corpus.join(name)).unwrap().len();
        }
    }
    assert!(bytes <= CORPUS_BYTES_MAX, "{bytes} bytes");
}
