//! The recorded encodings: later versions still read them, and this one still writes them.

use std::fs;
use std::path::Path;

use kernel::{ContentHash, text};
use release::Tree;
use serde_json::Value;

use super::described::{describe, hex};
use super::samples::samples;

fn directory() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus"))
}

#[test]
fn everything_recorded_is_still_read() {
    let mut read = 0;
    for file in fs::read_dir(directory()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "hex") {
            continue;
        }
        let recorded = fs::read_to_string(&path).unwrap();
        let mut encodings = recorded.lines().map(|line| text::from_hex(line).unwrap());
        let tree = Tree::decode(&encodings.next().unwrap()).unwrap();
        let nodes = encodings
            .map(|bytes| (ContentHash::of(&bytes), bytes))
            .collect();
        let said = fs::read_to_string(path.with_extension("json")).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(describe(&tree, &nodes), said, "{}", path.display());
        read += 1;
    }
    assert!(read >= samples().len());
}

#[test]
fn every_sample_is_recorded_and_still_written_alike() {
    for sample in samples() {
        let path = directory().join(sample.name).with_extension("hex");
        let recorded =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            hex(&sample) == recorded,
            "{} is written differently",
            sample.name
        );
    }
}
