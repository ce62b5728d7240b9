//! What functions do to services, as a policy sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, RwLock};

use bytes::Bytes;
use http::{HeaderValue, Request};
use kernel::TenantId;
use local::fault::{Call, Fault, Faults};
use local::policy::{Access, Context, LEADING_KEYS};

use super::entries;
use super::parts::tags;

/// What is asked of a list of objects.
const PREFIX: &str = "s3:prefix";

/// The tag of a session that is asked for.
const TENANT_ASKED_FOR: &str = "aws:RequestTag/tenant";

/// On which condition an object is written.
const WRITTEN_WHERE: &str = "s3:if-none-match";

/// As whom a function does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    /// As itself.
    Own,
    /// As its session for a tenant.
    Tenant,
}

/// What a function needs to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    pub(super) function: String,
    pub(super) identity: Identity,
    /// Whether it is done in the platform's own session.
    pub(super) is_platform: bool,
    pub(super) access: Access,
}

/// Writes down what functions do, has one kind of call of one function fail, and one function read what no role
/// grants.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    uses: Mutex<BTreeSet<Use>>,
    without_entry: Mutex<BTreeSet<String>>,
    refused: RwLock<Option<Refused>>,
    astray: RwLock<Option<&'static str>>,
}

/// The calls that fail: the function's, of this operation, about this entity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused {
    pub(super) function: &'static str,
    pub(super) operation: &'static str,
    pub(super) entity: &'static str,
}

impl Use {
    /// Returns the tags of the session in which it is done.
    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        tags(self.is_platform)
    }
}

impl Recorder {
    /// Has these calls fail from now on.
    pub(super) fn refuse(&self, refused: Option<Refused>) {
        *self.refused.write().unwrap() = refused;
    }

    /// Has a function scan the table from now on, where it would read an item of a tenant's.
    pub(super) fn lead_astray(&self, function: Option<&'static str>) {
        *self.astray.write().unwrap() = function;
    }

    /// Returns what was written without an entry in the audit trail.
    pub(super) fn without_entry(&self) -> BTreeSet<String> {
        self.without_entry.lock().unwrap().clone()
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
            let mut without_entry = self.without_entry.lock().unwrap();
            without_entry.extend(entries::without_entry(call));
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

    fn tamper(&self, function: &str, mut request: Request<Bytes>) -> Request<Bytes> {
        let is_in_session = request.headers().contains_key("x-amz-security-token");
        let is_astray = *self.astray.read().unwrap() == Some(function);
        if let Some(target) = request.headers_mut().get_mut("x-amz-target")
            && *target == "DynamoDB_20120810.GetItem"
            && is_in_session
            && is_astray
        {
            *target = HeaderValue::from_static("DynamoDB_20120810.Scan");
        }
        request
    }
}

/// Returns what a call needs: of each item by itself, with `*` for what differs from one to the next.
fn uses(call: &Call<'_>) -> impl Iterator<Item = Use> {
    let function = call.function.to_owned();
    let identity = match call.session_token {
        None => Identity::Own,
        Some(_) => Identity::Tenant,
    };
    let accesses = call.accesses.iter().flat_map(|access| {
        let of = |context: Context| Access {
            action: access.action.clone(),
            resource: general_resource(&access.resource),
            context,
        };
        let prefixes = access.context.values(PREFIX);
        let prefixes = prefixes.iter().map(|prefix| general(prefix, '/'));
        let tenants = access.context.values(TENANT_ASKED_FOR).iter();
        let context = Context::default()
            .with(PREFIX, prefixes)
            .with(TENANT_ASKED_FOR, tenants.map(|_| "*"))
            .with(WRITTEN_WHERE, access.context.values(WRITTEN_WHERE));
        let keys = access.context.values(LEADING_KEYS);
        let mut parts: Vec<Access> = keys
            .iter()
            .map(|key| of(context.clone().with(LEADING_KEYS, [general(key, '#')])))
            .collect();
        if parts.is_empty() {
            parts.push(of(context));
        }
        parts
    });
    let platform = TenantId::PLATFORM.to_string();
    let is_platform = call.keys.iter().any(|key| key.contains(&platform));
    accesses.map(move |access| Use {
        function: function.clone(),
        identity,
        is_platform,
        access,
    })
}

/// Puts `*` for every part of an object's key that is no word of its own; other resources are few.
fn general_resource(resource: &str) -> String {
    match resource.split_once('/') {
        Some((bucket, key)) if bucket.starts_with("arn:aws:s3:::") => {
            format!("{bucket}/{}", general(key, '/'))
        }
        Some(_) | None => resource.to_owned(),
    }
}

/// Puts `*` for every part of a key that is no word of its own.
fn general(key: &str, separator: char) -> String {
    let part = |part: &str| {
        let is_word = part.chars().all(|letter| letter.is_ascii_uppercase());
        let is_name = ["objects", ".tenant", "outbox", "seals"].contains(&part);
        let is_platform = part == TenantId::PLATFORM.to_string();
        match part.split_once('-') {
            _ if is_word || is_name || is_platform => part.to_owned(),
            Some(("tenant", _)) => "tenant-*".to_owned(),
            _ => "*".to_owned(),
        }
    };
    let parts: Vec<String> = key.split(separator).map(part).collect();
    parts.join(&separator.to_string())
}
