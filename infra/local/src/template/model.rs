//! What a template says, resolved.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::policy::{Document, Names, Permissions, Role};

/// A template.
#[derive(Debug, Clone)]
pub struct Template {
    /// The functions, by name.
    pub functions: Vec<FunctionSpec>,
    /// The name of the function that authorizes requests to the API.
    pub authorizer: Option<String>,
    /// The tables.
    pub tables: Vec<crate::services::dynamodb::TableSpec>,
    /// The queues.
    pub queues: Vec<crate::services::sqs::QueueSpec>,
    /// The buckets.
    pub buckets: Vec<crate::services::s3::BucketSpec>,
    /// The names of the buses.
    pub buses: Vec<String>,
    /// The secrets: name and length.
    pub secrets: Vec<(String, usize)>,
    /// The content delivery network, if there is one.
    pub distribution: Option<DistributionSpec>,
    /// The domains that mail is sent from.
    pub mail_identities: Vec<String>,
    /// The roles.
    pub roles: Vec<Role>,
    /// What the buckets' own policies deny.
    pub bucket_policies: Vec<Document>,
}

impl Template {
    /// Returns what the functions may do, in an account.
    pub fn permissions(&self, region: &str, account: &str) -> Permissions {
        let role = |function: &FunctionSpec| Some((function.name.clone(), function.role.clone()?));
        Permissions::new(
            Names::new(region, account, &self.tables),
            self.roles.clone(),
            self.functions.iter().filter_map(role).collect(),
        )
        .with_bucket_policies(self.bucket_policies.clone())
    }
}

/// A function.
#[derive(Debug, Clone)]
pub struct FunctionSpec {
    /// Its name: that of its folder.
    pub name: String,
    /// How long an invocation may take, in seconds.
    pub timeout_s: u32,
    /// Its memory, in megabytes.
    pub memory_mb: u32,
    /// The ARN of its role; a function without one may do nothing.
    pub role: Option<String>,
    /// Its environment variables.
    pub variables: BTreeMap<String, String>,
    /// What invokes it.
    pub sources: Vec<Source>,
    /// The queue for events that it failed on, where nobody waited for an answer.
    pub dead_letters: Option<String>,
}

/// What invokes a function.
#[derive(Debug, Clone)]
pub enum Source {
    /// Requests to the API.
    Http(HttpRoute),
    /// Messages of a queue.
    Queue(QueueSource),
    /// Records of a table's stream.
    Stream(StreamSource),
    /// The time.
    Schedule(ScheduleSource),
    /// Events of a bus.
    Rule(RuleSource),
}

/// A route of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRoute {
    /// The method, or `ANY`.
    pub method: String,
    /// The path's template.
    pub path: String,
}

/// A mapping from a queue to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSource {
    /// The queue's name.
    pub queue: String,
    /// Messages of one invocation, at most.
    pub batch_size: u32,
    /// Whether the function says which messages failed.
    pub reports_failures: bool,
}

/// A mapping from a table's stream to a function.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSource {
    /// The table's name.
    pub table: String,
    /// Records of one invocation, at most.
    pub batch_size: u32,
    /// Whether the function says which record failed.
    pub reports_failures: bool,
    /// How often a batch is tried again.
    pub retries_max: u32,
    /// How old a record that failed may become, in seconds; none means any age.
    pub age_max_s: Option<u32>,
    /// Whether a batch that failed as a whole is tried again in halves.
    pub bisects: bool,
    /// The patterns of which a record must match one; none lets all through.
    pub filters: Vec<Value>,
    /// The queue for what was given up.
    pub failure_queue: Option<String>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleSource {
    /// Its name, unique in the template.
    pub name: String,
    /// Its period, in minutes.
    pub minutes: u32,
    /// What the function is given.
    pub input: Value,
}

/// A rule of a bus.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSource {
    /// Its name, unique in the template.
    pub name: String,
    /// The bus's name.
    pub bus: String,
    /// What an event must match.
    pub pattern: Value,
}

/// The content delivery network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributionSpec {
    /// Its id.
    pub id: String,
    /// The function behind it.
    pub function: String,
    /// The response header with the cache tags.
    pub tag_header: String,
    /// The request headers that are part of the cache key.
    pub key_headers: Vec<String>,
    /// Whether the query is part of the cache key and reaches the origin.
    pub forwards_query: bool,
    /// The methods that are let through.
    pub methods: Vec<String>,
    /// How long a failure is kept at least, in seconds, by its status; one that is not named is
    /// kept as its headers say.
    pub error_lives: BTreeMap<u16, u32>,
}
