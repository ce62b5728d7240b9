//! The idempotency tokens of transactions, for as long as AWS keeps them. It must never know
//! what a transaction does.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, ContentHash};
use serde_json::Value;

use crate::services::dynamodb::dispatch::Refusal;
use dynoxide::DynoxideError;

const LIFE: SignedDuration = SignedDuration::from_mins(10);
const TOKENS_MAX: usize = 10_000;
const TOKEN_CHARACTERS_MAX: usize = 36;

/// The tokens of the last ten minutes, 10,000 at most.
#[derive(Debug)]
pub(crate) struct Tokens {
    clock: Arc<dyn Clock>,
    known: BTreeMap<String, (ContentHash, Value)>,
    by_age: VecDeque<(Timestamp, String)>,
}

/// A token and what came with it.
#[derive(Debug)]
pub(crate) struct Request {
    token: String,
    content: ContentHash,
}

impl Tokens {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            known: BTreeMap::new(),
            by_age: VecDeque::new(),
        }
    }

    /// Makes a copy that tells the time by `clock`.
    pub(crate) fn copy(&self, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            known: self.known.clone(),
            by_age: self.by_age.clone(),
        }
    }

    /// Reads the token of a request, if it has one.
    pub(crate) fn request(body: &[u8]) -> Option<Request> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let token = body.get("ClientRequestToken")?.as_str()?.to_owned();
        let mut bytes = Vec::new();
        canonical(
            body.get("TransactItems").unwrap_or(&Value::Null),
            &mut bytes,
        );
        Some(Request {
            token,
            content: ContentHash::of(&bytes),
        })
    }

    /// Returns the answer that the same request had before.
    pub(crate) fn find(&mut self, request: &Request) -> Result<Option<Value>, Refusal> {
        if request.token.is_empty() || request.token.len() > TOKEN_CHARACTERS_MAX {
            let message = "1 validation error detected: Value at 'clientRequestToken' failed to \
                           satisfy constraint: Member must have length between 1 and 36";
            return Err(DynoxideError::ValidationException(message.to_owned()).into());
        }
        self.forget_old();
        match self.known.get(&request.token) {
            None => Ok(None),
            Some((content, answer)) if *content == request.content => Ok(Some(answer.clone())),
            Some(_) => {
                let message = "the token was used with other items";
                let error = DynoxideError::IdempotentParameterMismatchException(message.to_owned());
                Err(error.into())
            }
        }
    }

    /// Keeps the answer of a request.
    pub(crate) fn keep(&mut self, request: Request, answer: &Value) {
        self.by_age
            .push_back((self.clock.now(), request.token.clone()));
        self.known
            .insert(request.token, (request.content, answer.clone()));
    }

    fn forget_old(&mut self) {
        let now = self.clock.now();
        while let Some((kept_at, token)) = self.by_age.front() {
            if now.duration_since(*kept_at) < LIFE && self.by_age.len() < TOKENS_MAX {
                break;
            }
            self.known.remove(token);
            self.by_age.pop_front();
        }
    }
}

/// Writes a value with the members of its objects in order, so that equal values are equal bytes.
fn canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<_, _> = members.iter().collect();
            out.push(b'{');
            for (name, member) in sorted {
                out.extend_from_slice(Value::from(name.as_str()).to_string().as_bytes());
                canonical(member, out);
            }
            out.push(b'}');
        }
        Value::Array(elements) => {
            out.push(b'[');
            for element in elements {
                canonical(element, out);
                out.push(b',');
            }
            out.push(b']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.extend_from_slice(value.to_string().as_bytes());
        }
    }
}
