//! Records the encodings of samples that the corpus does not have yet; `tests/corpus/README.md`
//! says when.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the samples are shared with the tests"
)]

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;

#[path = "../tests/release/samples.rs"]
mod samples;

#[path = "../tests/release/described.rs"]
mod described;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus"));
    for sample in samples::samples() {
        let path = directory.join(sample.name);
        let json = described::describe(&sample.tree, &sample.nodes);
        let json = serde_json::to_string(&json)? + "\n";
        for (extension, text) in [("hex", described::hex(&sample)), ("json", json)] {
            let path = path.with_extension(extension);
            if !path.exists() {
                File::create_new(&path)?.write_all(text.as_bytes())?;
            }
        }
    }
    Ok(())
}
