//! What a request to a service needs: each action, on each resource, with what a condition can ask about it. It must
//! never know what anybody may do.
//!
//! Source: the service authorization references of the services. What is not understood needs an action that no
//! policy has.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::Request;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::history::Service;
use crate::services::dynamodb::TableSpec;

/// The condition keys that are made here.
pub const LEADING_KEYS: &str = "dynamodb:LeadingKeys";
const PREFIX: &str = "s3:prefix";
const PRINCIPAL_TAG: &str = "aws:PrincipalTag/";
const REQUEST_TAG: &str = "aws:RequestTag/";
const TAG_KEYS: &str = "aws:TagKeys";
const SECURE_TRANSPORT: &str = "aws:SecureTransport";

/// What a condition can ask about: keys, whatever their case, with their values.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Returns the context with these values of a key too.
    #[must_use]
    pub fn with<T: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values = values.into_iter().map(Into::into);
        self.0
            .entry(key.to_ascii_lowercase())
            .or_default()
            .extend(values);
        self
    }

    /// Returns the values of a key.
    pub fn values(&self, key: &str) -> &[String] {
        self.0
            .get(&key.to_ascii_lowercase())
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Returns the value of a key that has one.
    pub(super) fn single(&self, key: &str) -> Option<&str> {
        match self.values(key) {
            [value] => Some(value),
            _ => None,
        }
    }
}

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// The action, as `dynamodb:GetItem`.
    pub action: String,
    /// The resource's ARN; `*` for actions that know none.
    pub resource: String,
    /// What is known of it.
    pub context: Context,
}

impl Access {
    /// Returns the access of a session that has tags.
    #[must_use]
    pub fn tagged(mut self, tags: &BTreeMap<String, String>) -> Self {
        for (name, value) in tags {
            self.context = self
                .context
                .with(&format!("{PRINCIPAL_TAG}{name}"), [value.as_str()]);
        }
        self
    }
}

/// The names that requests leave out and ARNs need.
#[derive(Debug, Clone)]
pub struct Names {
    /// The region.
    pub region: String,
    /// The account's number.
    pub account: String,
    /// The partition keys of tables and of their indexes.
    partition_keys: BTreeMap<(String, Option<String>), String>,
}

impl Names {
    /// Returns the names of an account with these tables.
    pub fn new(region: &str, account: &str, tables: &[TableSpec]) -> Self {
        let mut partition_keys = BTreeMap::new();
        for table in tables {
            let name = &table.name;
            partition_keys.insert((name.clone(), None), table.partition_key.clone());
            for index in &table.indexes {
                let key = (name.clone(), Some(index.name.clone()));
                partition_keys.insert(key, index.partition_key.clone());
            }
        }
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            partition_keys,
        }
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let Self {
            region, account, ..
        } = self;
        format!("arn:aws:{service}:{region}:{account}:{resource}")
    }

    fn partition_key(&self, table: &str, index: Option<&str>) -> Option<&str> {
        let key = (table.to_owned(), index.map(str::to_owned));
        self.partition_keys.get(&key).map(String::as_str)
    }
}

/// Returns what a request needs, each of which must be allowed. `keys` are what it touches.
pub(crate) fn accesses(
    names: &Names,
    service: Service,
    operation: &str,
    keys: &[String],
    request: &Request<Bytes>,
) -> Vec<Access> {
    let key = keys.first().map(String::as_str).unwrap_or_default();
    let one = |action: &str, resource: String| {
        vec![Access {
            action: format!("{service}:{action}"),
            resource,
            context: Context::default(),
        }]
    };
    match service {
        Service::DynamoDb => of_table(names, operation, request.body()),
        Service::S3 => of_objects(operation, keys, request),
        Service::Sqs => one(
            operation.strip_suffix("Batch").unwrap_or(operation),
            names.arn("sqs", key),
        ),
        Service::EventBridge => buses(request.body())
            .iter()
            .flat_map(|bus| one(operation, names.arn("events", &format!("event-bus/{bus}"))))
            .collect(),
        Service::SecretsManager => {
            let secret = key.rsplit(':').next().unwrap_or(key);
            one(
                operation,
                names.arn("secretsmanager", &format!("secret:{secret}")),
            )
        }
        Service::CloudFront => {
            let account = &names.account;
            one(
                operation,
                format!("arn:aws:cloudfront::{account}:distribution/{key}"),
            )
        }
        Service::Ses => {
            // A mail is sent as the identity of its sender's domain.
            let address = key.trim_end_matches('>');
            let domain = address.rsplit('@').next().unwrap_or(address);
            one(operation, names.arn("ses", &format!("identity/{domain}")))
        }
        Service::Sts => of_session(operation, key, request.body()),
        Service::Unknown => one("Unknown", "*".to_owned()),
    }
    .into_iter()
    .map(|mut access| {
        access.context = access.context.with(SECURE_TRANSPORT, ["true"]);
        access
    })
    .collect()
}

/// Returns what a table's request needs: one access for each entry of a transaction, one for all else.
fn of_table(names: &Names, operation: &str, body: &[u8]) -> Vec<Access> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let access = |action: &str, table: &str, index: Option<&str>, keys: BTreeSet<String>| {
        let below = index
            .map(|index| format!("/index/{index}"))
            .unwrap_or_default();
        let context = Context::default();
        Access {
            action: format!("dynamodb:{action}"),
            resource: names.arn("dynamodb", &format!("table/{table}{below}")),
            context: if keys.is_empty() {
                context
            } else {
                context.with(LEADING_KEYS, keys)
            },
        }
    };
    let entries = body.get("TransactItems").and_then(Value::as_array);
    let mut entries = entries
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flatten()
        .peekable();
    if entries.peek().is_some() {
        return entries
            .map(|(kind, entry)| {
                let action = match kind.as_str() {
                    "Get" | "Put" | "Update" | "Delete" => format!("{kind}Item"),
                    "ConditionCheck" => "ConditionCheckItem".to_owned(),
                    other => other.to_owned(),
                };
                let table = table_of(entry);
                access(
                    &action,
                    table,
                    None,
                    key_of(names, table, entry).into_iter().collect(),
                )
            })
            .collect();
    }
    let tables = body.get("RequestItems").and_then(Value::as_object);
    let mut tables = tables.into_iter().flatten().peekable();
    if tables.peek().is_some() {
        return tables
            .map(|(table, entries)| {
                let table = name_of(table);
                access(operation, table, None, keys_of_batch(names, table, entries))
            })
            .collect();
    }
    let (table, index) = (
        table_of(&body),
        body.get("IndexName").and_then(Value::as_str),
    );
    let keys = if operation == "Query" {
        names
            .partition_key(table, index)
            .map(|name| queried(&body, name))
            .unwrap_or_default()
    } else {
        key_of(names, table, &body).into_iter().collect()
    };
    vec![access(operation, table, index, keys)]
}

fn table_of(entry: &Value) -> &str {
    name_of(
        entry
            .get("TableName")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    )
}

/// Returns a table's name, which may be given as its ARN.
fn name_of(table: &str) -> &str {
    table.rsplit('/').next().unwrap_or(table)
}

fn key_of(names: &Names, table: &str, entry: &Value) -> Option<String> {
    let item = entry.get("Key").or_else(|| entry.get("Item"))?;
    text(item.get(names.partition_key(table, None)?)?)
}

fn keys_of_batch(names: &Names, table: &str, entries: &Value) -> BTreeSet<String> {
    let Some(name) = names.partition_key(table, None) else {
        return BTreeSet::new();
    };
    let reads = entries.get("Keys").and_then(Value::as_array);
    let reads = reads
        .into_iter()
        .flatten()
        .filter_map(|key| text(key.get(name)?));
    let writes = entries.as_array().into_iter().flatten();
    let writes = writes
        .filter_map(Value::as_object)
        .flat_map(|write| write.values())
        .filter_map(|write| key_of(names, table, write));
    reads.chain(writes).collect()
}

/// Returns what a query says that the attribute `name` equals.
fn queried(body: &Value, name: &str) -> BTreeSet<String> {
    let member = |of: &str, name: &str| body.get(of)?.get(name).cloned();
    let condition = body
        .get("KeyConditionExpression")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .replace('=', " = ");
    let words: Vec<&str> = condition.split_whitespace().collect();
    let equals = words.windows(3).filter_map(|words| {
        let [left, "=", right] = words else {
            return None;
        };
        let bare = |word: &str| word.trim_matches(['(', ')']).to_owned();
        let left = bare(left);
        let named = member("ExpressionAttributeNames", &left);
        let named = named.as_ref().and_then(Value::as_str).unwrap_or(&left);
        let value = member("ExpressionAttributeValues", &bare(right))?;
        (named == name).then(|| text(&value)).flatten()
    });
    equals.collect()
}

/// Returns a text or a number as a condition sees it.
fn text(value: &Value) -> Option<String> {
    value
        .get("S")
        .or_else(|| value.get("N"))?
        .as_str()
        .map(str::to_owned)
}

/// Returns the buses that events go to; one that names none goes to the account's own.
fn buses(body: &[u8]) -> BTreeSet<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let bus = |entry: &Value| {
        let named = entry.get("EventBusName").and_then(Value::as_str);
        name_of(named.unwrap_or("default")).to_owned()
    };
    match body.get("Entries").and_then(Value::as_array) {
        Some(entries) if !entries.is_empty() => entries.iter().map(bus).collect(),
        _ => BTreeSet::from(["default".to_owned()]),
    }
}

fn of_objects(operation: &str, keys: &[String], request: &Request<Bytes>) -> Vec<Access> {
    let action = match operation {
        "HeadObject" => "GetObject",
        "UploadPart" | "CreateMultipartUpload" | "CompleteMultipartUpload" | "CopyObject" => {
            "PutObject"
        }
        "ListObjectsV2" | "HeadBucket" => "ListBucket",
        "ListBuckets" => "ListAllMyBuckets",
        "DeleteObjects" => "DeleteObject",
        other => other,
    };
    let decoded = |key: &str| percent_decode_str(key).decode_utf8_lossy().into_owned();
    let of = |action: &str, key: &str| Access {
        action: format!("s3:{action}"),
        resource: format!("arn:aws:s3:::{}", decoded(key)),
        context: Context::default(),
    };
    let mut accesses: Vec<Access> = keys.iter().map(|key| of(action, key)).collect();
    if operation == "ListObjectsV2" {
        let query = request.uri().query().unwrap_or_default();
        let query: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let prefixes = query.into_iter().filter(|(name, _)| name == "prefix");
        let prefixes: Vec<String> = prefixes.map(|(_, prefix)| prefix).collect();
        for access in &mut accesses {
            access.context = access.context.clone().with(PREFIX, prefixes.clone());
        }
    }
    let copied = request.headers().get("x-amz-copy-source");
    if let Some(source) = copied.and_then(|source| source.to_str().ok()) {
        accesses.push(of("GetObject", source.trim_start_matches('/')));
    }
    accesses
}

/// Returns what it needs to take on a role: with tags, the right to give them too.
fn of_session(operation: &str, role: &str, body: &[u8]) -> Vec<Access> {
    if operation == "GetCallerIdentity" {
        return Vec::new();
    }
    let form: BTreeMap<String, String> = serde_urlencoded::from_bytes(body).unwrap_or_default();
    let mut context = Context::default();
    for (field, name) in &form {
        let Some(value) = field
            .strip_prefix("Tags.member.")
            .and_then(|field| field.strip_suffix(".Key"))
            .and_then(|number| form.get(&format!("Tags.member.{number}.Value")))
        else {
            continue;
        };
        context = context
            .with(TAG_KEYS, [name.as_str()])
            .with(&format!("{REQUEST_TAG}{name}"), [value.as_str()]);
    }
    let has_tags = !context.values(TAG_KEYS).is_empty();
    let of = |action: &str| Access {
        action: format!("sts:{action}"),
        resource: role.to_owned(),
        context: context.clone(),
    };
    let mut accesses = vec![of(operation)];
    if has_tags {
        accesses.push(of("TagSession"));
    }
    accesses
}
