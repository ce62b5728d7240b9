//! The recorded events: each is one that the platform really makes, and each is understood by its
//! function.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::world::World;

fn recorded() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut files = Vec::new();
    for function in std::fs::read_dir(folder).unwrap() {
        let function = function.unwrap();
        let name = function.file_name().into_string().unwrap();
        for file in std::fs::read_dir(function.path()).unwrap() {
            files.push((name.clone(), file.unwrap().path()));
        }
    }
    files.sort();
    files
}

#[tokio::test]
async fn every_recorded_event_is_understood_by_its_function() {
    let world = World::new(60).await.unwrap();
    let mut functions = BTreeSet::new();
    for (function, path) in recorded()
        .into_iter()
        .filter(|(function, _)| function != "bus")
    {
        let text = std::fs::read_to_string(&path).unwrap();
        let event: Value = serde_json::from_str(&text).unwrap();
        let answer = world.platform.invoke(&function, event).await;
        let answer = answer.unwrap_or_else(|error| panic!("`{}`: {error}", path.display()));
        let status = answer.get("statusCode").and_then(Value::as_u64);
        assert!(
            status.is_none_or(|status| status < 500),
            "`{}`: {answer}",
            path.display()
        );
        functions.insert(function);
    }
    assert_eq!(
        functions.len(),
        9,
        "every function has an event: {functions:?}"
    );
}
