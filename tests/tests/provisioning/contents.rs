//! Everything that the stores hold, to be compared.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use jiff::Timestamp;
use kernel::TenantId;
use serde_json::{Map, Value, json};
use tests::world::{BUCKET, TABLE, World};

/// Entities that say what happened, not what there is; and objects, which are the sweeper's.
const COUNTED: [&str; 6] = [
    "audit",
    "mail",
    "outbox",
    "registration",
    "operation",
    "object",
];

/// Entities that follow from the watching itself: how far the sweeper is, how often the API was asked, and what of the
/// entries was copied by then.
const PASSED_OVER: [&str; 5] = [
    "callerTraffic",
    "securityEvent",
    "securityMonth",
    "sweep",
    "traffic",
];

/// Events and messages that are looked at, at most.
const EVENTS_MAX: usize = 1_000;

/// How the hash of a password begins, whose salt is another one each time.
const PASSWORD_HASH: &str = "$argon2id$";

/// Characters of an id.
const ID_CHARS: usize = 36;

/// An item of the table.
pub(crate) type Item = BTreeMap<String, AttributeValue>;

/// What the stores hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The items with all that they hold, and the keys of the bucket.
    pub(crate) things: Vec<String>,
    /// The same without what is another in every world that goes another way: ids, times and the
    /// salted hashes of passwords.
    pub(crate) shapes: Vec<String>,
    /// How many there are of what is not compared, by entity.
    pub(crate) counts: BTreeMap<String, usize>,
    /// How many different events left for the bus, by type.
    pub(crate) events: BTreeMap<String, usize>,
}

impl Contents {
    /// Reads everything.
    pub(crate) async fn of(world: &World) -> Self {
        let items = items(world).await;
        let operations: BTreeSet<String> = items
            .iter()
            .filter(|item| entity(item) == "operation")
            .map(|item| text(item, "id").to_owned())
            .collect();
        let mut contents = Self {
            things: Vec::new(),
            shapes: Vec::new(),
            counts: BTreeMap::new(),
            events: events(world).await,
        };
        for mut item in items {
            let entity = entity(&item).to_owned();
            // Whose an operation is, is known as long as the operation is.
            let is_trail = entity == "owner"
                && operations
                    .iter()
                    .any(|operation| text(&item, "pk").ends_with(operation.as_str()));
            if is_trail || COUNTED.contains(&entity.as_str()) {
                *contents.counts.entry(entity).or_default() += 1;
            } else if !PASSED_OVER.contains(&entity.as_str()) {
                item.remove("auditHead");
                // Numbers that are instants.
                item.remove("rights");
                item.remove("goodFrom");
                contents.shapes.push(line(&item, true));
                // Counting up and down again is two changes.
                if entity == "usage" {
                    item.remove("version");
                }
                contents.things.push(line(&item, false));
            }
        }
        for key in keys(world).await {
            contents.shapes.push(without_ids(&key));
            contents.things.push(key);
        }
        contents.things.sort_unstable();
        contents.shapes.sort_unstable();
        contents
    }

    /// Counts the items of an entity that are compared.
    pub(crate) fn count(&self, entity: &str) -> usize {
        let start = format!("{entity} ");
        let lines = self.things.iter();
        lines.filter(|line| line.starts_with(&start)).count()
    }

    /// Returns how many events of a type there were.
    pub(crate) fn events(&self, kind: &str) -> usize {
        self.events
            .get(&format!("hotswap.{kind}"))
            .copied()
            .unwrap_or(0)
    }

    /// Checks that what there is now is what there was.
    pub(crate) fn assert_same(&self, before: &Self, why: &str) {
        let more = self
            .things
            .iter()
            .filter(|one| !before.things.contains(one));
        let less = before
            .things
            .iter()
            .filter(|one| !self.things.contains(one));
        let (more, less): (Vec<_>, Vec<_>) = (more.collect(), less.collect());
        assert!(
            more.is_empty() && less.is_empty(),
            "{why}: left {more:#?}, lost {less:#?}"
        );
    }

    /// Checks that the same was made here as in another world.
    pub(crate) fn assert_like(&self, other: &Self, why: &str) {
        let more = self.shapes.iter().filter(|one| !other.shapes.contains(one));
        let less = other.shapes.iter().filter(|one| !self.shapes.contains(one));
        let (more, less): (Vec<_>, Vec<_>) = (more.collect(), less.collect());
        assert!(
            more.is_empty() && less.is_empty(),
            "{why}: more {more:#?}, missing {less:#?}"
        );
        assert_eq!(
            self.shapes.len(),
            other.shapes.len(),
            "{why}: something is there twice"
        );
        assert_eq!(self.counts, other.counts, "{why}");
        assert_eq!(self.events, other.events, "{why}");
    }
}

/// Reads the whole table.
pub(crate) async fn items(world: &World) -> Vec<Item> {
    let client = aws_sdk_dynamodb::Client::new(&world.sdk());
    let scan = client.scan().table_name(TABLE).into_paginator().items();
    let items: Result<Vec<_>, _> = scan.send().collect().await;
    let items = items.unwrap().into_iter();
    items.map(|item| item.into_iter().collect()).collect()
}

/// Returns the name of an item's entity.
pub(crate) fn entity(item: &Item) -> &str {
    text(item, "entity")
}

/// Returns an attribute's text, empty where it has none.
pub(crate) fn text<'a>(item: &'a Item, attribute: &str) -> &'a str {
    match item.get(attribute) {
        Some(AttributeValue::S(text)) => text,
        _ => "",
    }
}

async fn keys(world: &World) -> Vec<String> {
    let client = aws_sdk_s3::Client::new(&world.sdk());
    let list = client.list_objects_v2().bucket(BUCKET).into_paginator();
    let pages: Result<Vec<_>, _> = list.send().collect().await;
    let pages = pages.unwrap();
    let objects = pages.iter().flat_map(ListObjectsV2Output::contents);
    objects
        .map(|object| object.key().unwrap().to_owned())
        .collect()
}

async fn events(world: &World) -> BTreeMap<String, usize> {
    let bus = world.platform.services().bus();
    let events = bus.bus_events(0, EVENTS_MAX).await.unwrap();
    let distinct: BTreeSet<(String, String)> = events
        .iter()
        .map(|event| {
            let of = |name: &str| event.event["detail"][name].as_str().unwrap().to_owned();
            (of("type"), of("id"))
        })
        .collect();
    let mut counts = BTreeMap::new();
    for (kind, _) in distinct {
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

fn line(item: &Item, is_shape: bool) -> String {
    let values: Map<String, Value> = item
        .iter()
        .map(|(name, value)| (name.clone(), json_of(value, is_shape)))
        .collect();
    format!("{} {}", entity(item), Value::Object(values))
}

fn json_of(value: &AttributeValue, is_shape: bool) -> Value {
    match value {
        AttributeValue::S(text) if !is_shape => json!(text),
        AttributeValue::S(text) if text.parse::<Timestamp>().is_ok() => json!("<time>"),
        AttributeValue::S(text) if text.starts_with(PASSWORD_HASH) => json!("<hash>"),
        AttributeValue::S(text) => json!(without_ids(text)),
        AttributeValue::N(number) => json!(number),
        AttributeValue::Bool(truth) => json!(truth),
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::L(list) => list.iter().map(|one| json_of(one, is_shape)).collect(),
        AttributeValue::M(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), json_of(value, is_shape)))
            .collect::<BTreeMap<String, Value>>()
            .into_iter()
            .collect(),
        other @ (AttributeValue::B(_)
        | AttributeValue::Bs(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Ss(_)
        | _) => json!(format!("{other:?}")),
    }
}

/// Replaces every id in a text.
fn without_ids(text: &str) -> String {
    let (mut rest, mut without) = (text, String::new());
    while let Some(letter) = rest.chars().next() {
        let id = rest.get(..ID_CHARS);
        if id.is_some_and(|id| id.parse::<TenantId>().is_ok()) {
            without.push_str("<id>");
            rest = &rest[ID_CHARS..];
        } else {
            without.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    without
}
