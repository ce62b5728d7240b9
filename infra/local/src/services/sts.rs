//! STS: roles assumed for a while, with session tags. It must never know what a role may do.
//!
//! A session keeps no state: its token holds the role, the session's name, the tags and the end,
//! with a code of a key that the state keeps, and its secret key is derived from its access key.
//! Limits: 50 tags, 12 hours, sessions are not ended early.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use kernel::MacKey;
use kernel::text::{from_hex, to_hex};
use serde::{Deserialize, Serialize};

use crate::services::protocol::{text_of, xml};
use crate::services::state::{State, read_position, write_position};
use crate::services::{Identity, ServicesError};

/// The access key of the local credentials.
pub const ACCESS_KEY: &str = "AKIAHOTSWAPLOCAL0000";
/// The secret key of the local credentials, which protect nothing: everything is on loopback.
pub const SECRET_KEY: &str = "hotswap-local-secret-key-for-loopback-only";

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const KEY_NAME: &str = "sts.key";
const TAGS_MAX: usize = 50;
const LIFE_SECONDS: std::ops::RangeInclusive<i64> = 900..=43_200;
const LIFE_SECONDS_DEFAULT: i64 = 3_600;

/// What a session's token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The role's ARN.
    pub role: String,
    /// The session's name.
    pub name: String,
    /// The session's tags.
    pub tags: BTreeMap<String, String>,
    /// The policy that the session was given, if any: it may do what this allows as well as its role.
    pub policy: Option<String>,
    /// The access key that the token belongs to.
    pub access_key: String,
    /// When the session ends.
    pub expires_at: Timestamp,
}

/// The sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    identity: Arc<Identity>,
    tokens: MacKey,
    secrets: MacKey,
}

impl Sessions {
    pub(crate) fn open(identity: &Arc<Identity>, state: &State) -> Result<Self, ServicesError> {
        let fresh: [u8; 32] = kernel::chance::random(&*identity.entropy);
        let key = state.transact_here(|connection| {
            if let Some(kept) = read_position(connection, KEY_NAME)? {
                return Ok(kept);
            }
            write_position(connection, KEY_NAME, &to_hex(&fresh))?;
            Ok(to_hex(&fresh))
        })?;
        Ok(Self {
            identity: Arc::clone(identity),
            tokens: MacKey::derive("local session tokens", &key),
            secrets: MacKey::derive("local secret keys", &key),
        })
    }

    /// Reads a session's token; none if it was not made here or is over.
    pub fn session(&self, token: &str) -> Option<Session> {
        let (content, code) = token.split_once('.')?;
        if !self.tokens.verifies(content.as_bytes(), &from_hex(code)?) {
            return None;
        }
        let session: Session =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(content).ok()?).ok()?;
        (session.expires_at > self.identity.clock.now()).then_some(session)
    }

    /// Returns the secret key of `access_key`, if it is ours.
    pub(crate) fn secret_key(&self, access_key: &str) -> Option<String> {
        if access_key == ACCESS_KEY {
            return Some(SECRET_KEY.to_owned());
        }
        access_key
            .starts_with("ASIA")
            .then(|| self.secret_of(access_key))
    }

    pub(crate) fn call(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let Ok(form) = serde_urlencoded::from_bytes::<BTreeMap<String, String>>(request.body())
        else {
            return failure("MalformedQueryString", "the form cannot be read");
        };
        match form.get("Action").map(String::as_str) {
            Some("AssumeRole") => self.assume_role(&form),
            Some("GetCallerIdentity") => self.caller_identity(request),
            other => failure(
                "InvalidAction",
                &format!("the action {} is not known", other.unwrap_or_default()),
            ),
        }
    }

    fn assume_role(&self, form: &BTreeMap<String, String>) -> Response<Bytes> {
        let (Some(role), Some(name)) = (form.get("RoleArn"), form.get("RoleSessionName")) else {
            return failure(
                "ValidationError",
                "RoleArn and RoleSessionName are required",
            );
        };
        let life = form
            .get("DurationSeconds")
            .map_or(Ok(LIFE_SECONDS_DEFAULT), |s| s.parse());
        let (Ok(life), true) = (life, is_role(role)) else {
            return failure(
                "ValidationError",
                "RoleArn or DurationSeconds cannot be read",
            );
        };
        let Some(tags) = tags(form).filter(|_| LIFE_SECONDS.contains(&life)) else {
            return failure(
                "ValidationError",
                "the tags or DurationSeconds are out of bounds",
            );
        };
        let now = self.identity.clock.now();
        let unique: [u8; 8] = kernel::chance::random(&*self.identity.entropy);
        let session = Session {
            role: role.clone(),
            name: name.clone(),
            tags,
            policy: form.get("Policy").cloned(),
            access_key: format!("ASIA{}", to_hex(&unique).to_uppercase()),
            expires_at: now
                .saturating_add(SignedDuration::from_secs(life))
                .unwrap_or(now),
        };
        let Ok(content) = serde_json::to_vec(&session) else {
            return failure("ValidationError", "the session cannot be written");
        };
        let content = URL_SAFE_NO_PAD.encode(content);
        let code = to_hex(&self.tokens.code(content.as_bytes()));
        let token = format!("{content}.{code}");
        self.assumed(&session, &token)
    }

    fn assumed(&self, session: &Session, token: &str) -> Response<Bytes> {
        let secret = self.secret_of(&session.access_key);
        xml::Xml::document()
            .root("AssumeRoleResponse", NAMESPACE, |xml| {
                xml.element("AssumeRoleResult", |xml| {
                    xml.element("Credentials", |xml| {
                        xml.text("AccessKeyId", &session.access_key)
                            .text("SecretAccessKey", &secret)
                            .text("SessionToken", token)
                            .text("Expiration", &session.expires_at.to_string())
                    })
                    .element("AssumedRoleUser", |xml| {
                        xml.text("Arn", &self.arn_of(session))
                            .text("AssumedRoleId", &format!("AROALOCAL:{}", session.name))
                    })
                })
                .element("ResponseMetadata", |xml| xml.text("RequestId", "local"))
            })
            .answer(200)
    }

    fn caller_identity(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let account = &self.identity.account;
        let token = text_of(request.headers(), "x-amz-security-token");
        let arn = match token.map(|token| self.session(token)) {
            None => format!("arn:aws:iam::{account}:user/local"),
            Some(Some(session)) => self.arn_of(&session),
            Some(None) => return failure("ExpiredToken", "the security token is not valid"),
        };
        xml::Xml::document()
            .root("GetCallerIdentityResponse", NAMESPACE, |xml| {
                xml.element("GetCallerIdentityResult", |xml| {
                    xml.text("Arn", &arn)
                        .text("UserId", "AIDALOCAL")
                        .text("Account", account)
                })
                .element("ResponseMetadata", |xml| xml.text("RequestId", "local"))
            })
            .answer(200)
    }

    fn arn_of(&self, session: &Session) -> String {
        let role = session.role.rsplit('/').next().unwrap_or_default();
        let account = &self.identity.account;
        format!(
            "arn:aws:sts::{account}:assumed-role/{role}/{}",
            session.name
        )
    }

    fn secret_of(&self, access_key: &str) -> String {
        to_hex(&self.secrets.code(access_key.as_bytes()))
    }
}

fn is_role(arn: &str) -> bool {
    arn.starts_with("arn:aws:iam::") && arn.contains(":role/")
}

/// Reads the tags of a request for a session; none if they are out of bounds.
pub(crate) fn tags(form: &BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for number in 1..=TAGS_MAX {
        let Some(key) = form.get(&format!("Tags.member.{number}.Key")) else {
            return Some(tags);
        };
        let value = form.get(&format!("Tags.member.{number}.Value"))?;
        if key.is_empty() || key.len() > 128 || value.len() > 256 {
            return None;
        }
        tags.insert(key.clone(), value.clone());
    }
    (!form.contains_key(&format!("Tags.member.{}.Key", TAGS_MAX + 1))).then_some(tags)
}

fn failure(code: &str, message: &str) -> Response<Bytes> {
    let status = if code == "ExpiredToken" { 403 } else { 400 };
    xml::failure(status, NAMESPACE, code, message)
}
