//! What functions do to services, as a policy names it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, RwLock};

use local::fault::{Call, Fault, Faults};
use local::history::Service;
use serde_json::Value;

/// A call, or an entry of a transaction, as a policy sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    pub(super) function: String,
    pub(super) action: String,
    /// The resource, by the template's logical ids: `Table.Arn`, `Bucket.Arn/<key>`.
    pub(super) resource: String,
    /// The partition keys of all items that it is about, with `*` for what differs from one to
    /// the next.
    pub(super) leading_keys: Vec<String>,
    /// What a list of objects begins with.
    pub(super) prefix: Option<String>,
}

impl Use {
    pub(super) fn of(function: &str, action: &str, resource: String) -> Self {
        Self {
            function: function.to_owned(),
            action: action.to_owned(),
            resource,
            leading_keys: Vec::new(),
            prefix: None,
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            function,
            action,
            resource,
            ..
        } = self;
        let keys = self.leading_keys.join(", ");
        write!(formatter, "{function} {action} {resource} {keys}")
    }
}

/// Writes down what functions do, and has one kind of call of one function fail.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    uses: Mutex<BTreeSet<Use>>,
    refused: RwLock<Option<Refused>>,
}

/// The calls that fail: the function's, of this operation, about this entity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused {
    pub(super) function: &'static str,
    pub(super) operation: &'static str,
    pub(super) entity: &'static str,
}

impl Recorder {
    /// Has these calls fail from now on.
    pub(super) fn refuse(&self, refused: Option<Refused>) {
        *self.refused.write().unwrap() = refused;
    }

    /// Returns what was done.
    pub(super) fn uses(&self) -> BTreeSet<Use> {
        self.uses.lock().unwrap().clone()
    }
}

impl Faults for Recorder {
    fn decide(&self, call: &Call<'_>) -> Fault {
        if call.function != "test" {
            self.uses.lock().unwrap().extend(uses(call));
        }
        match *self.refused.read().unwrap() {
            Some(refused)
                if call.function == refused.function
                    && call.operation == refused.operation
                    && String::from_utf8_lossy(call.body).contains(refused.entity) =>
            {
                Fault::ServerError
            }
            _ => Fault::None,
        }
    }
}

fn uses(call: &Call<'_>) -> Vec<Use> {
    let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
    if call.service == Service::DynamoDb {
        return table_uses(call, &body);
    }
    let key = call.keys.first().cloned().unwrap_or_default();
    let logical = key.trim_start_matches("hotswap-");
    let object = key.split_once('/').map(|(_, key)| general(key, '/'));
    let objects = format!("Bucket.Arn/{}", object.unwrap_or_default());
    let (action, resource) = match call.operation {
        "GetObject" | "HeadObject" => ("s3:GetObject", objects),
        "PutObject" => ("s3:PutObject", objects),
        "DeleteObject" => ("s3:DeleteObject", objects),
        "ListObjectsV2" => ("s3:ListBucket", "Bucket.Arn".to_owned()),
        "SendMessage" | "SendMessageBatch" => ("sqs:SendMessage", format!("{logical}.Arn")),
        "PutEvents" => ("events:PutEvents", format!("{logical}.Arn")),
        "GetSecretValue" => ("secretsmanager:GetSecretValue", format!("{logical}.Id")),
        "SendEmail" => (
            "ses:SendEmail",
            "arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:identity/MailIdentity".to_owned(),
        ),
        "CreateInvalidation" => (
            "cloudfront:CreateInvalidation",
            "arn:AWS::Partition:cloudfront::AWS::AccountId:distribution/Distribution".to_owned(),
        ),
        other => panic!("nobody knows the action of `{other}` of {}", call.service),
    };
    let mut one = Use::of(call.function, action, resource);
    // The one list of objects that there is.
    one.prefix = (action == "s3:ListBucket").then(|| "tenant-*/".to_owned());
    vec![one]
}

/// Returns what a call of the table is: one use for each entry of a transaction, one for all else.
fn table_uses(call: &Call<'_>, body: &Value) -> Vec<Use> {
    let index = body.get("IndexName").and_then(Value::as_str);
    let resource = match index {
        Some(index) => format!("Table.Arn/index/{index}"),
        None => "Table.Arn".to_owned(),
    };
    let of = |action: &str, keys: BTreeSet<String>| Use {
        leading_keys: keys.into_iter().collect(),
        ..Use::of(
            call.function,
            &format!("dynamodb:{action}"),
            resource.clone(),
        )
    };
    if call.operation == "TransactWriteItems" {
        let entries = body["TransactItems"].as_array().unwrap();
        return entries
            .iter()
            .flat_map(|entry| entry.as_object().unwrap().keys())
            .zip(call.keys)
            .map(|(kind, key)| {
                let action = match kind.as_str() {
                    "Put" => "PutItem",
                    "Update" => "UpdateItem",
                    "Delete" => "DeleteItem",
                    "ConditionCheck" => "ConditionCheckItem",
                    other => panic!("nobody knows the action of `{other}`"),
                };
                of(action, BTreeSet::from([leading(key)]))
            })
            .collect();
    }
    let keys = if call.operation == "Query" {
        // What follows is what the sort keys begin with.
        call.keys.iter().take(1).map(|key| leading(key)).collect()
    } else {
        call.keys.iter().map(|key| leading(key)).collect()
    };
    vec![of(call.operation, keys)]
}

fn leading(key: &str) -> String {
    general(key.split('|').next().unwrap(), '#')
}

/// Puts `*` for every part of a key that is no word of its own.
fn general(key: &str, separator: char) -> String {
    let part = |part: &str| {
        let is_word = !part.is_empty() && part.chars().all(|letter| letter.is_ascii_uppercase());
        let is_name = ["objects", ".tenant", "outbox"].contains(&part);
        match part.split_once('-') {
            _ if is_word || is_name => part.to_owned(),
            Some(("tenant", _)) => "tenant-*".to_owned(),
            _ => "*".to_owned(),
        }
    };
    let parts: Vec<String> = key.split(separator).map(part).collect();
    parts.join(&separator.to_string())
}
