//! Secrets Manager: secrets made once and read by name or ARN. It must never know what a secret
//! is for.
//!
//! Limits: one version a secret, never rotated; only `GetSecretValue`.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use kernel::Entropy;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::services::protocol::json::{self, Failure};
use crate::services::protocol::random_id;
use crate::services::protocol::text::{epoch_seconds, from_milliseconds};
use crate::services::state::State;
use crate::services::{Identity, ServicesError};

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH: std::ops::RangeInclusive<usize> = 1..=4_096;

/// The secrets.
#[derive(Debug)]
pub struct Secrets {
    identity: Arc<Identity>,
    state: State,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetSecretValue {
    secret_id: String,
    #[serde(default)]
    version_id: Option<String>,
    #[serde(default)]
    version_stage: Option<String>,
}

#[derive(Debug)]
struct Secret {
    name: String,
    arn: String,
    version: String,
    value: String,
    created_ms: i64,
}

impl Secrets {
    pub(crate) fn new(identity: &Arc<Identity>, state: &State) -> Self {
        Self {
            identity: Arc::clone(identity),
            state: state.clone(),
        }
    }

    /// Makes a secret of `length` letters and digits, once, and returns its ARN.
    pub async fn ensure_secret(&self, name: &str, length: usize) -> Result<String, ServicesError> {
        if !LENGTH.contains(&length) {
            return Err(ServicesError::Invalid(format!(
                "a secret has no {length} characters"
            )));
        }
        let Identity {
            clock,
            entropy,
            region,
            account,
        } = &*self.identity;
        let suffix = random_text(&**entropy, 6);
        let secret = Secret {
            name: name.to_owned(),
            arn: format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-{suffix}"),
            version: random_id(&**entropy),
            value: random_text(&**entropy, length),
            created_ms: clock.now().as_millisecond(),
        };
        self.state
            .transact(move |connection| write(connection, &secret))
            .await
    }

    /// Returns the value of a secret.
    pub async fn value(&self, name_or_arn: &str) -> Result<Option<String>, ServicesError> {
        Ok(self.find(name_or_arn).await?.map(|secret| secret.value))
    }

    pub(crate) async fn call(&self, operation: &str, body: &Bytes) -> Response<Bytes> {
        json::respond(match operation {
            "GetSecretValue" => self.get(body).await,
            other => Err(json::unknown(other)),
        })
    }

    async fn get(&self, body: &Bytes) -> Result<Value, Failure> {
        let request: GetSecretValue = json::read(body)?;
        let found = self.find(&request.secret_id).await?;
        let secret = found.filter(|secret| {
            let stage = request.version_stage.as_deref().unwrap_or("AWSCURRENT");
            let version = request.version_id.as_deref().unwrap_or(&secret.version);
            stage == "AWSCURRENT" && version == secret.version
        });
        let secret = secret.ok_or_else(|| {
            let message = "Secrets Manager can't find the specified secret.";
            Failure::new(400, "ResourceNotFoundException", message)
        })?;
        Ok(json!({
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": secret.version,
            "SecretString": secret.value,
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": epoch_seconds(from_milliseconds(secret.created_ms)),
        }))
    }

    async fn find(&self, name_or_arn: &str) -> Result<Option<Secret>, ServicesError> {
        let id = name_or_arn.to_owned();
        self.state
            .transact(move |connection| read(connection, &id))
            .await
    }
}

fn write(connection: &Connection, secret: &Secret) -> Result<String, ServicesError> {
    let Secret {
        name,
        arn,
        version,
        value,
        created_ms,
    } = secret;
    connection.execute(
        "INSERT OR IGNORE INTO secrets (name, arn, version, value, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![name, arn, version, value, created_ms],
    )?;
    let kept = read(connection, name)?;
    Ok(kept.map_or_else(String::new, |secret| secret.arn))
}

fn read(connection: &Connection, id: &str) -> Result<Option<Secret>, ServicesError> {
    let secret = connection
        .prepare_cached(
            "SELECT name, arn, version, value, created_ms FROM secrets
             WHERE name = ?1 OR arn = ?1",
        )?
        .query_row(params![id], |row| {
            Ok(Secret {
                name: row.get(0)?,
                arn: row.get(1)?,
                version: row.get(2)?,
                value: row.get(3)?,
                created_ms: row.get(4)?,
            })
        })
        .optional()?;
    Ok(secret)
}

/// Draws characters evenly: bytes beyond the last whole alphabet are drawn again.
fn random_text(entropy: &dyn Entropy, length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let drawn: [u8; 64] = kernel::chance::random(entropy);
        let characters = drawn
            .into_iter()
            .filter(|byte| *byte < 248)
            .filter_map(|byte| ALPHABET.get(usize::from(byte) % ALPHABET.len()))
            .map(|byte| char::from(*byte));
        text.extend(characters.take(length - text.len()));
    }
    text
}
