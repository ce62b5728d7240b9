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
use crate::services::dynamodb::{Entry, TableSpec, entries, table_of};
use crate::services::sts;

/// The condition keys that are made here.
pub const LEADING_KEYS: &str = "dynamodb:LeadingKeys";
const PREFIX: &str = "s3:prefix";
const PRINCIPAL_TAG: &str = "aws:PrincipalTag/";
const REQUEST_TAG: &str = "aws:RequestTag/";
const TAG_KEYS: &str = "aws:TagKeys";
const SECURE_TRANSPORT: &str = "aws:SecureTransport";
const IF_NONE_MATCH: &str = "s3:if-none-match";

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

/// Returns what a request needs, each of which must be allowed: at least one access, but for asking who asks. `keys`
/// are what it touches.
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
    let mut accesses = match service {
        Service::DynamoDb => of_table(names, operation, request.body()),
        Service::S3 => of_objects(operation, keys, request),
        Service::Sqs => one(
            operation.strip_suffix("Batch").unwrap_or(operation),
            names.arn("sqs", key),
        ),
        Service::EventBridge => keys
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
        Service::Sts if operation == "GetCallerIdentity" => return Vec::new(),
        Service::Sts => of_session(operation, key, request.body()),
        Service::Unknown => Vec::new(),
    };
    if accesses.is_empty() {
        accesses = one(operation, "*".to_owned());
    }
    for access in &mut accesses {
        let context = std::mem::take(&mut access.context);
        access.context = context.with(SECURE_TRANSPORT, ["true"]);
    }
    accesses
}

/// Returns what a table's request needs: one access for each item of a transaction, one for each table of a batch, one
/// for all else. Where an item has no key that is understood, no key is said of the access that it belongs to.
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
    let key_of = |entry: &Entry<'_>| {
        let name = names.partition_key(entry.table, None)?;
        text(entry.item?.get(name)?)
    };
    let entries = entries(operation, &body);
    if entries.is_empty() {
        let (table, index) = (table_of(&body), body.get("IndexName"));
        let index = index.and_then(Value::as_str);
        let queried = |name| queried(&body, name);
        let keys = names.partition_key(table, index).map(queried);
        return vec![access(operation, table, index, keys.unwrap_or_default())];
    }
    if operation.starts_with("Transact") {
        let one = |entry: &Entry<'_>| {
            let keys = key_of(entry).into_iter().collect();
            access(entry.action, entry.table, None, keys)
        };
        return entries.iter().map(one).collect();
    }
    let mut tables: BTreeMap<&str, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in &entries {
        tables.entry(entry.table).or_default().push(entry);
    }
    let of = |(table, entries): (&&str, &Vec<&Entry<'_>>)| {
        let keys: Option<BTreeSet<String>> = entries.iter().map(|entry| key_of(entry)).collect();
        access(operation, table, None, keys.unwrap_or_default())
    };
    tables.iter().map(of).collect()
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
    let expected = request.headers().get("if-none-match");
    if let Some(expected) = expected.and_then(|expected| expected.to_str().ok()) {
        for access in accesses
            .iter_mut()
            .filter(|access| access.action == "s3:PutObject")
        {
            access.context = access.context.clone().with(IF_NONE_MATCH, [expected]);
        }
    }
    let copied = request.headers().get("x-amz-copy-source");
    if let Some(source) = copied {
        let source = String::from_utf8_lossy(source.as_bytes());
        accesses.push(of("GetObject", source.trim_start_matches('/')));
    }
    accesses
}

/// Returns what it needs to take on a role: with tags, the right to give them too.
fn of_session(operation: &str, role: &str, body: &[u8]) -> Vec<Access> {
    let form: BTreeMap<String, String> = serde_urlencoded::from_bytes(body).unwrap_or_default();
    let tags = sts::tags(&form).unwrap_or_default();
    let mut context = Context::default();
    for (name, value) in &tags {
        context = context
            .with(TAG_KEYS, [name.as_str()])
            .with(&format!("{REQUEST_TAG}{name}"), [value.as_str()]);
    }
    let of = |action: &str| Access {
        action: format!("sts:{action}"),
        resource: role.to_owned(),
        context: context.clone(),
    };
    let mut accesses = vec![of(operation)];
    if !tags.is_empty() {
        accesses.push(of("TagSession"));
    }
    accesses
}

#[cfg(test)]
mod tests;
