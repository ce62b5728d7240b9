//! Trails that somebody laid hands on who reaches the table, and the bucket past its locks: whatever it is, it is found.

use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use kernel::{Entropy, SeededEntropy};
use tenancy::records::Tier;
use tests::crash::{is_full, measured};

use super::{Item, SEALED_S, Scene, id_of};

/// Tamperings in the gate, and in the long run.
const TAMPERINGS: usize = 200;
const TAMPERINGS_FULL: usize = 10_000;

/// Chance, the same in every run.
struct Chance(SeededEntropy);

impl Chance {
    fn below(&self, most: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(most).unwrap()).unwrap()
    }

    fn of<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What was done to a trail: what stood there before, and what of it must be found.
struct Deed {
    name: &'static str,
    /// The items that were there, to be put back,
    items: Vec<Item>,
    /// those that were not, to be taken away,
    added: Vec<Item>,
    /// and the files, with what was in them.
    files: Vec<(PathBuf, Vec<u8>)>,
    /// What may be found first.
    flaws: &'static [&'static str],
    /// The first entry that is wrong, where it is one.
    entry: Option<String>,
}

impl Deed {
    fn new(name: &'static str, flaws: &'static [&'static str]) -> Self {
        Self {
            name,
            items: Vec::new(),
            added: Vec::new(),
            files: Vec::new(),
            flaws,
            entry: None,
        }
    }
}

/// Changes a value to another one: mostly of its type.
fn other(chance: &Chance, value: &AttributeValue) -> AttributeValue {
    if value.is_null() {
        return AttributeValue::S("somebody".to_owned());
    }
    let keeps_type = chance.below(4) > 0;
    if let (Ok(text), true) = (value.as_s(), keeps_type) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = chance.below(chars.len());
        chars[at] = if chars[at] == '0' { '1' } else { '0' };
        return AttributeValue::S(chars.into_iter().collect());
    }
    if let (Ok(number), true) = (value.as_n(), keeps_type) {
        let number: i64 = number.parse().unwrap();
        return AttributeValue::N((number + 1).to_string());
    }
    match value.as_l() {
        Ok(list) if !list.is_empty() => AttributeValue::L(list[1..].to_vec()),
        _ => AttributeValue::Null(true),
    }
}

/// Changes, takes away or adds one attribute of an entry.
async fn alter(scene: &Scene, chance: &Chance, entries: &[Item]) -> Deed {
    let mut deed = Deed::new("an attribute", &["altered"]);
    let before = chance.of(entries);
    let mut after = before.clone();
    let mut names: Vec<&String> = before
        .keys()
        .filter(|it| !["pk", "sk"].contains(&&***it))
        .collect();
    names.sort_unstable();
    let name = *chance.of(&names);
    match chance.below(6) {
        0 => _ = after.remove(name),
        1 => _ = after.insert("more".to_owned(), AttributeValue::S("x".to_owned())),
        _ => _ = after.insert(name.clone(), other(chance, &before[name])),
    }
    assert_ne!(&after, before, "{name}");
    scene.put(&after).await;
    deed.items.push(before.clone());
    deed.entry = Some(id_of(before).to_owned());
    deed
}

/// Takes entries away: one, the newest ones, or all of one item.
async fn remove(scene: &Scene, chance: &Chance, entries: &[Item]) -> Deed {
    let (name, gone): (_, Vec<&Item>) = match chance.below(3) {
        0 => ("an entry removed", vec![chance.of(entries)]),
        1 => {
            let count = 1 + chance.below(entries.len() / 2);
            (
                "the tail removed",
                entries[entries.len() - count..].iter().collect(),
            )
        }
        _ => {
            let resource = &chance.of(entries)["resource"];
            let of_it = entries.iter().filter(|it| &it["resource"] == resource);
            ("a chain removed", of_it.collect())
        }
    };
    let mut deed = Deed::new(name, &["removed"]);
    for entry in &gone {
        scene.delete(entry).await;
    }
    deed.entry = Some(id_of(gone[0]).to_owned());
    deed.items = gone.into_iter().cloned().collect();
    deed
}

/// Puts in an entry that was never written: another one's, with an id of its own just beside it.
async fn add(scene: &Scene, chance: &Chance, entries: &[Item]) -> Deed {
    let mut deed = Deed::new("an entry added", &["added"]);
    let mut made = chance.of(entries).clone();
    let id = id_of(&made);
    let end = if id.ends_with("000") { "001" } else { "000" };
    let id = format!("{}{end}", &id[..id.len() - 3]);
    let sort = made["sk"].as_s().unwrap().replace(id_of(&made), &id);
    made.insert("id".to_owned(), AttributeValue::S(id.clone()));
    made.insert("sk".to_owned(), AttributeValue::S(sort));
    scene.put(&made).await;
    deed.entry = Some(id);
    deed.added.push(made);
    deed
}

/// Has two entries stand in each other's place.
async fn swap(scene: &Scene, chance: &Chance, entries: &[Item]) -> Deed {
    let mut deed = Deed::new("two entries swapped", &["altered"]);
    let at = chance.below(entries.len() - 1);
    let (one, two) = (&entries[at], &entries[at + 1]);
    for (of, at) in [(one, two), (two, one)] {
        let mut moved = of.clone();
        moved.insert("sk".to_owned(), at["sk"].clone());
        scene.put(&moved).await;
    }
    deed.items = vec![one.clone(), two.clone()];
    deed.entry = Some(id_of(one).to_owned());
    deed
}

/// Lays hands on the seals themselves.
fn break_seals(chance: &Chance, seals: &[PathBuf], of_another: &Path) -> Deed {
    let at = chance.below(seals.len());
    let file = &seals[at];
    let before = std::fs::read(file).unwrap();
    let mut deed = match chance.below(5) {
        0 => {
            std::fs::remove_file(file).unwrap();
            Deed::new("a seal removed", &["seal-missing"])
        }
        1 => {
            for file in &seals[at..] {
                std::fs::remove_file(file).unwrap();
            }
            Deed::new("the last seals removed", &["seal-missing"])
        }
        2 => {
            std::fs::copy(of_another, file).unwrap();
            Deed::new("another tenant's seal", &["seal-altered"])
        }
        3 => {
            let other = &seals[(at + 1) % seals.len()];
            std::fs::copy(other, file).unwrap();
            Deed::new("another hour's seal", &["seal-altered"])
        }
        _ => {
            let mut after = before.clone();
            let place = chance.below(after.len());
            after[place] = if after[place] == b'1' { b'2' } else { b'1' };
            std::fs::write(file, after).unwrap();
            let flaws = &["seal-altered", "altered", "removed", "added"];
            Deed::new("a byte of a seal", flaws)
        }
    };
    deed.files.push((file.clone(), before));
    deed
}

impl Scene {
    async fn undo(&self, deed: &Deed) {
        for item in &deed.items {
            self.put(item).await;
        }
        for item in &deed.added {
            self.delete(item).await;
        }
    }
}

/// Threat E1: an entry cannot be altered, removed or put in, nor a seal, without being found.
#[tokio::test]
async fn whatever_is_done_to_a_sealed_trail_is_found() {
    let scene = Scene::new(710).await;
    let rival = scene.world.settled_tenant("rival").await.unwrap();
    for _ in 0..4 {
        scene.describe(5).await;
        scene.world.advance(SEALED_S).await.unwrap();
    }
    scene.forget_checksums();
    scene
        .world
        .set_tier(&scene.acme.tenant, Tier::Enterprise)
        .await
        .unwrap();
    let mut token = String::new();
    let chance = Chance(SeededEntropy::new(711));
    let seals = scene.seals();
    assert_eq!(seals.len(), 4);
    let of_another = seals[0]
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .parent()
        .unwrap();
    let of_another = of_another.join(format!("tenant-{}/seals", rival.tenant));
    let of_another = of_another.join(seals[0].file_name().unwrap());
    let whole: Vec<(PathBuf, Vec<u8>)> = seals
        .iter()
        .map(|file| (file.clone(), std::fs::read(file).unwrap()))
        .collect();
    let all = scene.entries().await;
    let entries = &all[..all.len() - 1];
    let tamperings = if is_full() {
        TAMPERINGS_FULL
    } else {
        TAMPERINGS
    };
    for number in 0..tamperings {
        if number % 100 == 0 {
            // Nobody asks so often in one minute, or for so long with one token.
            scene.world.clock.advance(SignedDuration::from_mins(10));
            token = scene.token().await;
        }
        let deed = match number % 10 {
            0..=2 => alter(&scene, &chance, entries).await,
            3..=5 => remove(&scene, &chance, entries).await,
            6 => add(&scene, &chance, entries).await,
            7 => swap(&scene, &chance, entries).await,
            _ => break_seals(&chance, &seals, &of_another),
        };
        let verdict = scene.verify_with(&token).await;
        let why = format!("{number}: {}: {verdict:?}", deed.name);
        assert!(deed.flaws.contains(&verdict.flaw()), "{why}");
        if let Some(entry) = &deed.entry {
            assert_eq!(verdict.first.as_ref().unwrap()["entryId"], **entry, "{why}");
        }
        scene.undo(&deed).await;
        for (file, before) in &whole {
            std::fs::write(file, before).unwrap();
        }
    }
    scene.verify().await.assert_intact();
    measured(&format!(
        "tamperings with a sealed trail: {tamperings} of {tamperings} found"
    ));
}
