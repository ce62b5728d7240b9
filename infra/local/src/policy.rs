//! What functions may do: the policies of the template's roles, held against every call. It must never know what a
//! call would do, nor what it is for.
//!
//! A call is allowed if every access that it needs is allowed by a policy of the caller's role, and denied by none of
//! them nor by the policy of a bucket, of which what is denied to everybody is read, and nothing else.
//! The caller is the function's role, or the role that a session was made for, with the session's tags; a session
//! that was given a policy of its own may do what both allow.
//!
//! Written here and not taken from a library, because it is the second wall between tenants: it has to refuse what it
//! does not understand when the template is read, and fail closed when a request is.

mod condition;
mod pattern;
mod request;
mod statement;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

pub use request::{Access, Context, LEADING_KEYS, Names};
pub use statement::{Document, Effect, strongest};

pub(crate) use request::accesses;

use crate::services::sts::Session;

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Who may take it on.
    pub trust: Document,
    /// What it may do.
    pub policies: Vec<Document>,
}

impl Role {
    fn says(&self, access: &Access) -> Option<Effect> {
        strongest(
            self.policies
                .iter()
                .filter_map(|policy| policy.says(access)),
        )
    }
}

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    /// A function, under its role.
    Function(&'a str),
    /// Whoever has taken on a role.
    Session(&'a Session),
}

/// Why a call is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Who called: an ARN.
    pub principal: String,
    /// What is not allowed: the action.
    pub action: String,
    /// The resource that it is not allowed on.
    pub resource: String,
}

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            principal,
            action,
            resource,
        } = self;
        write!(
            formatter,
            "User: {principal} is not authorized to perform: {action} on resource: {resource}"
        )
    }
}

/// What every function and every role may do.
#[derive(Debug)]
pub struct Permissions {
    names: Names,
    /// The roles, by ARN.
    roles: BTreeMap<String, Role>,
    /// The ARNs of the functions' roles, by the functions' names.
    functions: BTreeMap<String, String>,
    /// The policies of buckets.
    bucket_policies: Vec<Document>,
}

impl Permissions {
    /// Returns the permissions of functions that have these roles.
    pub fn new(
        names: Names,
        roles: impl IntoIterator<Item = Role>,
        functions: BTreeMap<String, String>,
    ) -> Self {
        let roles = roles.into_iter().map(|role| (role.arn.clone(), role));
        Self {
            names,
            roles: roles.collect(),
            functions,
            bucket_policies: Vec::new(),
        }
    }

    /// Returns the permissions as these policies of buckets leave them: what one of them denies to everybody is denied.
    #[must_use]
    pub fn with_bucket_policies(self, bucket_policies: Vec<Document>) -> Self {
        Self {
            bucket_policies,
            ..self
        }
    }

    /// Returns the names that ARNs are made of.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Requires that `caller` may have all of `accesses`.
    pub fn check(&self, caller: Caller<'_>, accesses: &[Access]) -> Result<(), Denied> {
        for access in accesses {
            if !self.allows(caller, access) {
                return Err(Denied {
                    principal: self.principal(caller),
                    action: access.action.clone(),
                    resource: access.resource.clone(),
                });
            }
        }
        Ok(())
    }

    fn allows(&self, caller: Caller<'_>, access: &Access) -> bool {
        let mut of_buckets = self.bucket_policies.iter();
        if of_buckets.any(|policy| policy.denies_everybody(access)) {
            return false;
        }
        let arn = match caller {
            Caller::Function(name) => self.functions.get(name),
            Caller::Session(session) => Some(&session.role),
        };
        let Some(role) = arn.and_then(|arn| self.roles.get(arn)) else {
            return false;
        };
        let by_role = match caller {
            Caller::Function(_) => role.says(access),
            Caller::Session(session) => {
                let access = access.clone().tagged(&session.tags);
                if of_its_own(session, &access) {
                    role.says(&access)
                } else {
                    Some(Effect::Deny)
                }
            }
        };
        if access.action.starts_with("sts:") {
            return self.may_take_on(&role.arn, by_role, access);
        }
        by_role == Some(Effect::Allow)
    }

    /// Returns whether `principal` may take a role on, of which its own policies say `by_role`: the role must trust
    /// it, and within an account a trust by name is enough (STS API reference, `AssumeRole`).
    fn may_take_on(&self, principal: &str, by_role: Option<Effect>, access: &Access) -> bool {
        let Some(role) = self.roles.get(&access.resource) else {
            return false;
        };
        let is_granted = match by_role {
            Some(Effect::Deny) => false,
            Some(Effect::Allow) => true,
            None => role.trust.names(principal),
        };
        is_granted && role.trust.lets(principal, access)
    }

    fn principal(&self, caller: Caller<'_>) -> String {
        let (role, session) = match caller {
            Caller::Function(name) => (self.functions.get(name).map(String::as_str), name),
            Caller::Session(session) => (Some(&*session.role), &*session.name),
        };
        let role = role
            .and_then(|arn| arn.rsplit('/').next())
            .unwrap_or("none");
        let account = &self.names.account;
        format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")
    }
}

/// Returns whether the policy that a session was given, if any, allows an access.
fn of_its_own(session: &Session, access: &Access) -> bool {
    let Some(policy) = &session.policy else {
        return true;
    };
    let policy = serde_json::from_str::<Value>(policy).ok();
    let policy = policy.and_then(|policy| Document::parse(&policy).ok());
    policy.is_some_and(|policy| policy.says(access) == Some(Effect::Allow))
}
