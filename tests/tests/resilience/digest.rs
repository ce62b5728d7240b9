//! What a platform holds and has done, as lines that are the same in every run that came to the
//! same: what is made anew in each run (ids, hashes, instants, salted hashes of passwords) has only
//! its kind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use kernel::TenantId;
use serde_json::{Value, json};
use tenancy::Key;
use tenancy::keys::{AbuseKey, CallerTrafficKey, SealingKey, SweepKey, TrafficKey};
use tests::world::{ANCHORS, BUCKET, TABLE, World};

/// The distribution's id.
const DISTRIBUTION: &str = "Distribution";

/// Entities that say nothing of what there is: how far the sweeper and the sealer have come, and how often somebody asked, and in vain.
const OF_THE_WAY: [&str; 5] = [
    AbuseKey::ENTITY,
    SealingKey::ENTITY,
    SweepKey::ENTITY,
    TrafficKey::ENTITY,
    CallerTrafficKey::ENTITY,
];

/// Events that are looked at, at most.
const EVENTS_MAX: usize = 1_000;

/// How the hash of a password begins, whose salt is another one each time.
const PASSWORD_HASH: &str = "$argon2id$";

/// Characters of an id.
const ID_CHARS: usize = 36;

/// Hexadecimal digits that are a hash, or a request's id.
const HASH_DIGITS: usize = 32;

/// Digits of an instant in seconds, and in milliseconds.
const SECONDS_DIGITS: usize = 10;
const MILLIS_DIGITS: usize = 13;

/// An item of the table, as DynamoDB writes it.
pub(crate) type Item = BTreeMap<String, Value>;

/// What was there before: its ids, hashes and instants are the same in every run from there.
#[derive(Debug, Default)]
pub(crate) struct Known(BTreeSet<String>);

/// What a platform holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digest(BTreeMap<String, usize>);

impl Known {
    /// Learns what a world holds.
    pub(crate) async fn of(world: &World) -> Self {
        let mut known = BTreeSet::new();
        for line in lines(world).await {
            words(&line, |word, _kind| {
                known.insert(word.to_owned());
            });
        }
        Self(known)
    }

    /// Returns a text in which what is not known has only its kind.
    pub(crate) fn masked(&self, text: &str) -> String {
        let (mut masked, mut from) = (String::new(), 0);
        let start = text.as_ptr() as usize;
        words(text, |word, kind| {
            if !self.0.contains(word) {
                let at = word.as_ptr() as usize - start;
                masked.push_str(&text[from..at]);
                masked.push_str(kind);
                from = at + word.len();
            }
        });
        masked.push_str(&text[from..]);
        masked
    }
}

impl Digest {
    /// Reads everything.
    pub(crate) async fn of(world: &World, known: &Known) -> Self {
        let mut digest = Self(BTreeMap::new());
        for line in lines(world).await {
            digest.add(known.masked(&line));
        }
        digest
    }

    /// Adds a line.
    pub(crate) fn add(&mut self, line: String) {
        *self.0.entry(line).or_default() += 1;
    }

    /// Forgets the lines that hold any of these parts, and returns how many there were.
    pub(crate) fn without(&self, parts: &[&str]) -> (Self, usize) {
        let has = |line: &str| parts.iter().any(|part| line.contains(part));
        let mut rest = self.0.clone();
        rest.retain(|line, _| !has(line));
        let all: usize = self.0.values().sum();
        let left: usize = rest.values().sum();
        (Self(rest), all - left)
    }

    /// Returns what is more and what is less here than in another one.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let mut text = String::new();
        let lines: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        for line in lines {
            let [here, there] = [self, other].map(|of| of.0.get(line).copied().unwrap_or(0));
            if here != there {
                writeln!(text, "  {here} instead of {there}: {line}").unwrap();
            }
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Reads the whole table.
pub(crate) async fn items(world: &World) -> Vec<Item> {
    scanned(world, json!({ "TableName": TABLE })).await
}

/// Reads the keys of what is to fall due: only events in the outbox have any.
pub(crate) async fn due(world: &World) -> Vec<Item> {
    scanned(world, json!({ "TableName": TABLE, "IndexName": "due" })).await
}

/// Scans, without the SDK: this is what runs most often.
async fn scanned(world: &World, scan: Value) -> Vec<Item> {
    let mut items = Vec::new();
    let mut start = Value::Null;
    loop {
        let mut body = scan.clone();
        if !start.is_null() {
            body["ExclusiveStartKey"] = start;
        }
        let request = Request::post("https://dynamodb.eu-central-1.amazonaws.com/")
            .header("x-amz-target", "DynamoDB_20120810.Scan")
            .body(Bytes::from(body.to_string()));
        let answer = world.platform.services().call(request.unwrap()).await;
        let mut answer: Value = serde_json::from_slice(answer.body()).unwrap();
        let found: Vec<Item> = serde_json::from_value(answer["Items"].take()).unwrap();
        items.extend(found);
        start = answer["LastEvaluatedKey"].take();
        if start.is_null() {
            return items;
        }
    }
}

/// Returns the text of an item's attribute, empty where it has none.
pub(crate) fn text<'a>(item: &'a Item, attribute: &str) -> &'a str {
    let text = item.get(attribute).and_then(|value| value["S"].as_str());
    text.unwrap_or_default()
}

/// Returns the keys of the objects of both buckets, with the objects.
pub(crate) fn objects(world: &World) -> BTreeMap<String, Vec<u8>> {
    let folder = world.platform.services().buckets().folder();
    let mut objects = BTreeMap::new();
    for bucket in [BUCKET, ANCHORS] {
        let root = folder.join(bucket);
        collect(&root, &root, &mut objects);
    }
    objects
}

fn collect(root: &Path, folder: &Path, objects: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, objects);
        } else {
            let key = path.strip_prefix(root).unwrap().to_str().unwrap();
            objects.insert(key.to_owned(), std::fs::read(&path).unwrap());
        }
    }
}

/// Returns everything as lines: items, objects, the different events that left for the bus, the different
/// mails that were sent, and the different tags that were purged.
async fn lines(world: &World) -> Vec<String> {
    let services = world.platform.services();
    let items = items(world).await.into_iter();
    let items = items.filter(|item| !OF_THE_WAY.contains(&text(item, "entity")));
    let mut lines: Vec<String> = items.map(|item| line_of(&item)).collect();
    for (key, bytes) in objects(world) {
        lines.push(format!("object {key} {} bytes", bytes.len()));
    }
    let events = services.bus().bus_events(0, EVENTS_MAX).await.unwrap();
    let events = events.iter().map(|event| {
        let detail = &event.event["detail"];
        format!(
            "event {} {} {}",
            detail["type"], detail["id"], detail["data"]
        )
    });
    lines.extend(events.collect::<BTreeSet<String>>());
    let mails = services.mail().sent().await.unwrap().into_iter();
    let mails = mails.map(|mail| format!("mail {} {}", mail.to, mail.text));
    lines.extend(mails.collect::<BTreeSet<String>>());
    let purges = services.distributions().invalidations(DISTRIBUTION).await;
    let tags = purges.unwrap().into_iter().flat_map(|purge| purge.items);
    let tags = tags.map(|tag| format!("purge {tag}"));
    lines.extend(tags.collect::<BTreeSet<String>>());
    lines
}

fn line_of(item: &Item) -> String {
    let values: BTreeMap<&str, Value> = item
        .iter()
        .map(|(name, value)| (name.as_str(), plain(name, value)))
        .collect();
    format!("{} {}", text(item, "entity"), json!(values))
}

/// Returns an attribute's value without what a hash says already: bytes, and hashes of passwords.
/// Whether a change also changed the instant of the last change is up to the clock.
fn plain(name: &str, value: &Value) -> Value {
    if name == "changed"
        && let Some(fields) = value["L"].as_array()
    {
        let fields = fields.iter().filter(|field| field["S"] != "updatedAt");
        return fields.cloned().collect();
    }
    if value.get("B").is_some() {
        return json!("<bytes>");
    }
    match value.get("S").and_then(Value::as_str) {
        Some(text) if text.starts_with(PASSWORD_HASH) => json!("<password>"),
        _ => value.clone(),
    }
}

/// Finds the words of a text that are made anew in each run, with their kinds.
fn words<'a>(text: &'a str, mut found: impl FnMut(&'a str, &'static str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let rest = &text[at..];
        if let Some((length, kind)) = word(rest) {
            found(&rest[..length], kind);
            at += length;
        } else {
            at += run(rest, |byte| byte.is_ascii_alphanumeric());
        }
    }
}

fn word(rest: &str) -> Option<(usize, &'static str)> {
    if rest
        .get(..ID_CHARS)
        .is_some_and(|id| id.parse::<TenantId>().is_ok())
    {
        return Some((ID_CHARS, "<id>"));
    }
    let instant = 1 + run(rest, |byte| {
        byte.is_ascii_digit() || b"-:.T".contains(&byte)
    });
    let is_instant = |text: &str| text.ends_with('Z') && text.parse::<Timestamp>().is_ok();
    if rest.get(..instant).is_some_and(is_instant) {
        return Some((instant, "<instant>"));
    }
    let whole = run(rest, |byte| byte.is_ascii_alphanumeric());
    let hash = run(rest, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if hash == whole && hash >= HASH_DIGITS {
        return Some((hash, "<hash>"));
    }
    let digits = run(rest, |byte| byte.is_ascii_digit());
    let kind = match digits {
        SECONDS_DIGITS => "<seconds>",
        MILLIS_DIGITS => "<milliseconds>",
        _ => return None,
    };
    let is_instant = digits == whole && !rest.starts_with('0');
    is_instant.then_some((digits, kind))
}

/// Returns how many bytes at the beginning are such.
fn run(text: &str, is_such: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| is_such(*byte)).count()
}

#[test]
fn what_is_made_anew_has_only_its_kind() {
    let known = Known(BTreeSet::from(["2026-11-21T08:00:00Z".to_owned()]));
    for (text, expected) in [
        ("T#01890a5d-ac96-774b-bcce-b302099a8057#X", "T#<id>#X"),
        ("at 2026-11-21T08:00:00Z", "at 2026-11-21T08:00:00Z"),
        ("at 2026-11-21T08:00:00.5Z.", "at <instant>."),
        ("{\"N\":\"1763712000\"}", "{\"N\":\"<seconds>\"}"),
        ("{\"N\":\"1763712000123\"}", "{\"N\":\"<milliseconds>\"}"),
        ("MOVE#00000000000000000003", "MOVE#00000000000000000003"),
        ("\"version\":{\"N\":\"12\"}", "\"version\":{\"N\":\"12\"}"),
        ("#p:0123456789abcdef0123456789abcdef0", "#p:<hash>"),
    ] {
        assert_eq!(known.masked(text), expected);
    }
}
