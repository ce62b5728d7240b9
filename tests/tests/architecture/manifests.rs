//! Rules about crates: the direction of dependencies, and lints taken by all.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree;

/// Which of our crates each shared crate may use. A crate that is not here may use none.
const SHARED: &[(&str, &[&str])] = &[
    ("browser", &[]),
    ("json", &[]),
    ("kernel", &[]),
    ("release", &["kernel"]),
    ("events", &["kernel"]),
    ("render", &["json", "kernel"]),
    ("tenancy", &["events", "kernel"]),
    ("table", &["events", "kernel", "tenancy"]),
    ("blobs", &["kernel", "tenancy"]),
    ("publication", &["events", "kernel", "release", "tenancy"]),
    ("invocation", &[]),
    (
        "web",
        &[
            "browser",
            "events",
            "invocation",
            "json",
            "kernel",
            "tenancy",
        ],
    ),
    ("queue", &["events", "invocation", "kernel", "tenancy"]),
    ("stream", &["invocation"]),
    (
        "runtime",
        &["blobs", "invocation", "kernel", "table", "tenancy"],
    ),
];

/// Which crate alone may use an AWS client, among functions and shared crates.
const CLIENTS: &[(&str, &str)] = &[
    ("aws-sdk-dynamodb", "table"),
    ("aws-sdk-s3", "blobs"),
    ("aws-sdk-sqs", "relay"),
    ("aws-sdk-eventbridge", "relay"),
    ("aws-sdk-cloudfront", "edge"),
    ("aws-sdk-sesv2", "notifications"),
];

/// A crate's manifest, as far as rules need it.
#[derive(Debug, Default)]
struct Manifest {
    /// The folder in the tree.
    folder: String,
    takes_lints: bool,
    /// What the crate itself uses.
    uses: BTreeSet<String>,
    /// What only its tests use.
    tests_use: BTreeSet<String>,
}

impl Manifest {
    fn name(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or_default()
    }

    fn room(&self) -> &str {
        self.folder.split('/').next().unwrap_or_default()
    }
}

fn parse(folder: &str, text: &str) -> Manifest {
    let mut manifest = Manifest {
        folder: folder.to_owned(),
        ..Manifest::default()
    };
    let mut section = "";
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
    {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            section = name;
            if let Some((kind, name)) = section.rsplit_once("dependencies.") {
                add(&mut manifest, kind, name);
            }
        } else if let Some((key, value)) = line.split_once('=') {
            if section == "lints" && key.trim() == "workspace" {
                manifest.takes_lints = value.trim() == "true";
            } else if let Some(kind) = section.strip_suffix("dependencies") {
                add(&mut manifest, kind, key);
            }
        }
    }
    manifest
}

fn add(manifest: &mut Manifest, kind: &str, key: &str) {
    let name = key
        .split('.')
        .next()
        .unwrap_or(key)
        .trim()
        .trim_matches('"')
        .to_owned();
    if kind.ends_with("dev-") {
        manifest.tests_use.insert(name);
    } else {
        manifest.uses.insert(name);
    }
}

fn manifests() -> Vec<Manifest> {
    tree::files("", &["/Cargo.toml"])
        .iter()
        .filter_map(|file| Some((file.path.strip_suffix("/Cargo.toml")?, &file.text)))
        .map(|(folder, text)| parse(folder, text))
        .collect()
}

/// Returns what breaks the direction of dependencies.
fn wrong_directions(manifests: &[Manifest]) -> Vec<String> {
    let rooms: BTreeMap<&str, &str> = manifests
        .iter()
        .map(|manifest| (manifest.name(), manifest.room()))
        .collect();
    let mut wrong = Vec::new();
    for manifest in manifests {
        let allowed = SHARED.iter().find(|(name, _)| *name == manifest.name());
        for used in &manifest.uses {
            let is_fine = match (manifest.room(), rooms.get(used.as_str())) {
                (_, None)
                | ("bench" | "fuzz" | "infra" | "tests", Some(_))
                | ("functions", Some(&"shared")) => true,
                // The commands take what has no I/O: the clock, chance and hashes.
                ("scripts", Some(_)) => used == "kernel",
                ("shared", Some(_)) => allowed.is_some_and(|(_, names)| names.contains(&&**used)),
                (_, Some(_)) => false,
            };
            if !is_fine {
                wrong.push(format!("{} uses {used}", manifest.folder));
            }
        }
        for used in &manifest.tests_use {
            let uses_a_function = rooms.get(used.as_str()) == Some(&"functions");
            if uses_a_function && !matches!(manifest.room(), "bench" | "fuzz" | "infra" | "tests") {
                wrong.push(format!("{} tests with {used}", manifest.folder));
            }
        }
    }
    wrong
}

/// Returns the crates that open an AWS client which is another's.
fn wrong_clients(manifests: &[Manifest]) -> Vec<String> {
    let mut wrong = Vec::new();
    for manifest in manifests {
        if !matches!(manifest.room(), "functions" | "shared") {
            continue;
        }
        for (client, owner) in CLIENTS {
            if manifest.uses.contains(*client) && manifest.name() != *owner {
                wrong.push(format!("{} uses {client}", manifest.folder));
            }
        }
    }
    wrong
}

/// Libraries that have another name than their package.
const LIBRARIES: &[(&str, &str)] = &[("dynoxide-rs", "dynoxide"), ("md-5", "md5")];

/// Returns whether a line of code has the word.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    !line.trim_start().starts_with("//") && line.split(|it| !is_part(it)).any(|part| part == word)
}

/// Returns the dependencies that no file of the crate names.
fn unused(manifest: &Manifest, files: &[tree::File]) -> Vec<String> {
    let is_named = |name: &str| {
        let library = LIBRARIES.iter().find(|(package, _)| *package == name);
        let word = library.map_or_else(|| name.replace('-', "_"), |(_, it)| (*it).to_owned());
        let mut lines = files.iter().flat_map(|file| file.text.lines());
        lines.any(|line| has_word(line, &word))
    };
    let all = manifest.uses.iter().chain(&manifest.tests_use);
    all.filter(|name| !is_named(name))
        .map(|name| format!("{} does not use {name}", manifest.folder))
        .collect()
}

#[test]
fn every_dependency_is_used() {
    let manifests = manifests();
    let mut wrong = Vec::new();
    for manifest in &manifests {
        wrong.extend(unused(manifest, &tree::files(&manifest.folder, &[".rs"])));
    }
    assert_eq!(wrong, [""; 0]);
    let text = tree::read("Cargo.toml").replace("[workspace.dependencies]", "[dependencies]");
    let used: BTreeSet<&String> = manifests
        .iter()
        .flat_map(|manifest| manifest.uses.union(&manifest.tests_use))
        .collect();
    let declared = parse("", &text).uses;
    let idle: Vec<&String> = declared
        .iter()
        .filter(|name| !used.contains(name))
        .collect();
    assert_eq!(idle, [""; 0], "the workspace declares what no crate uses");
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    let manifests = manifests();
    assert!(manifests.len() > 20, "crates were found");
    let without: Vec<&str> = manifests
        .iter()
        .filter(|manifest| !manifest.takes_lints)
        .map(|manifest| &*manifest.folder)
        .collect();
    assert_eq!(without, [""; 0]);
}

/// `cargo lambda` has a panic end the process, with everything in it, unless the profile decides.
#[test]
fn what_is_deployed_survives_a_panic() {
    let text = tree::read("Cargo.toml");
    let profile = text.split("\n[profile.release]\n").nth(1).unwrap();
    let profile = profile.split("\n[").next().unwrap();
    assert!(profile.lines().any(|line| line == "panic = \"unwind\""));
}

#[test]
fn dependencies_point_one_way() {
    assert_eq!(wrong_directions(&manifests()), [""; 0]);
}

#[test]
fn each_client_is_one_crates() {
    assert_eq!(wrong_clients(&manifests()), [""; 0]);
}

#[test]
fn the_chart_of_directions_has_exactly_the_shared_crates() {
    let mut charted: Vec<&str> = SHARED.iter().map(|(name, _)| *name).collect();
    charted.sort_unstable();
    assert_eq!(charted, tree::folders("shared"));
}

#[cfg(test)]
mod tests {
    use super::{parse, unused, wrong_clients, wrong_directions};
    use crate::tree::File;

    #[test]
    fn an_idle_dependency_is_found() {
        let manifest = parse(
            "shared/web",
            "[dependencies]\nserde-json = \"1\"\nidle-crate = \"1\"\n[dev-dependencies]\nlate = \"1\"\n",
        );
        let files = [File {
            path: "shared/web/src/lib.rs".to_owned(),
            text: "use serde_json::Value;\n// idle_crate is spoken of\n".to_owned(),
        }];
        let expected = [
            "shared/web does not use idle-crate",
            "shared/web does not use late",
        ];
        assert_eq!(unused(&manifest, &files), expected);
    }

    #[test]
    fn manifests_are_read() {
        let text = "[package]\nname = \"content\"\n[lints]\nworkspace = true\n[dependencies]\n\
            # kernel = 1\nweb.workspace = true\nserde = { version = \"1\" }\n\
            [target.'cfg(unix)'.dependencies]\nlibc = \"0\"\n[dev-dependencies.local]\npath = \"x\"\n";
        let manifest = parse("functions/content", text);
        assert!(manifest.takes_lints);
        let uses: Vec<&str> = manifest.uses.iter().map(|name| &**name).collect();
        assert_eq!(uses, ["libc", "serde", "web"]);
        assert!(manifest.tests_use.contains("local"));
        assert!(!parse("a", "[dependencies]\nworkspace = true\n").takes_lints);
    }

    #[test]
    fn wrong_ways_are_found() {
        let manifests = [
            parse(
                "functions/content",
                "[dependencies]\nweb.workspace = true\nedge.workspace = true\n",
            ),
            parse(
                "functions/edge",
                "[dependencies]\naws-sdk-s3.workspace = true\n",
            ),
            parse(
                "shared/release",
                "[dependencies]\nweb.workspace = true\nserde = \"1\"\n",
            ),
            parse("shared/web", "[dev-dependencies]\nedge.workspace = true\n"),
            parse(
                "infra/local",
                "[dependencies]\nedge.workspace = true\naws-sdk-s3 = \"1\"\n",
            ),
            parse("scripts", "[dependencies]\nlocal.workspace = true\n"),
        ];
        let wrong = wrong_directions(&manifests);
        let expected = [
            "functions/content uses edge",
            "shared/release uses web",
            "shared/web tests with edge",
            "scripts uses local",
        ];
        assert_eq!(wrong, expected);
        assert_eq!(
            wrong_clients(&manifests),
            ["functions/edge uses aws-sdk-s3"]
        );
    }
}
