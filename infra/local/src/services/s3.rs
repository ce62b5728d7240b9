//! S3: buckets as folders behind a real S3 front, which checks signatures. It must never know
//! what the objects are.
//!
//! Limits: an object of 64 MiB; keys whose text, with the bucket's, fits a file name when
//! encoded (about 140 bytes), of which none is a folder of another and none has a segment of dots, which
//! a file system follows to another object than a policy was asked about; no versions, tags, lifecycle or
//! CORS; in a bucket with locks nothing is ever replaced or deleted, whatever its lock says, where S3 would keep the
//! version that was there; `LastModified` follows the operating system's clock, everything else ours.

mod host;
mod signature;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::IF_NONE_MATCH;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::BodyExt;
use percent_encoding::percent_decode;
use s3s::auth::{S3Auth, SecretKey};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use s3s_fs::FileSystem;

use crate::services::protocol::host_of;
use crate::services::protocol::xml::object_failure as failure;
use crate::services::s3::host::Hosts;
use crate::services::sts::Sessions;
use crate::services::{Identity, ServicesError};
use crate::storage::Place;

const OBJECT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// File names hold the bucket's and the key's name encoded; see the module.
const BUCKET_NAME_BYTES_MAX: usize = 50;

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketSpec {
    /// Its name.
    pub name: String,
    /// Whether its objects are locked: what is there stays as it is.
    pub is_locked: bool,
}

impl BucketSpec {
    /// Returns a bucket whose objects may be replaced and deleted.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_locked: false,
        }
    }
}

/// The buckets.
pub struct Buckets {
    folder: PathBuf,
    front: S3Service,
    identity: Arc<Identity>,
    sessions: Sessions,
    /// The buckets whose objects are locked.
    locked: Mutex<BTreeSet<String>>,
    /// Held by a write that depends on what is there.
    conditional: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Buckets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Buckets")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Buckets {
    pub(crate) fn open(
        identity: &Arc<Identity>,
        place: &Place,
        sessions: Sessions,
    ) -> Result<Self, ServicesError> {
        let folder = place.objects()?;
        let files = FileSystem::new(&folder)
            .map_err(|error| ServicesError::Engine(format!("{error:?}")))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(Keys(sessions.clone()));
        builder.set_host(Hosts);
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config()))));
        Ok(Self {
            folder,
            front: builder.build(),
            identity: Arc::clone(identity),
            sessions,
            locked: Mutex::default(),
            conditional: tokio::sync::Mutex::default(),
        })
    }

    /// Makes the bucket if it is not there.
    pub async fn ensure(&self, bucket: &BucketSpec) -> Result<(), ServicesError> {
        let name = &bucket.name;
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(3..=BUCKET_NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(allowed) {
            return Err(ServicesError::Invalid(format!(
                "`{name}` is no bucket name"
            )));
        }
        if bucket.is_locked {
            self.locked().insert(name.clone());
        }
        Ok(tokio::fs::create_dir_all(self.folder.join(name)).await?)
    }

    /// Returns the folder that holds the buckets.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        if request.body().len() > OBJECT_BYTES_MAX {
            return failure(400, "EntityTooLarge", "the object is larger than 64 MiB");
        }
        let copied = request.headers().get("x-amz-copy-source");
        if has_dots(request.uri().path().as_bytes())
            || copied.is_some_and(|source| has_dots(source.as_bytes()))
        {
            return failure(400, "InvalidRequest", "a segment of the key is dots");
        }
        let now = self.identity.clock.now();
        let request = match signature::prepare(request, &self.sessions, now) {
            Ok(request) => request,
            Err(refusal) => return failure(403, refusal.code, refusal.message),
        };
        let Some(request) = self.held(request) else {
            return failure(403, "AccessDenied", "the object is locked");
        };
        let is_head = request.method() == Method::HEAD;
        // The front looks, and then writes.
        let is_conditional = request.headers().contains_key(IF_NONE_MATCH);
        let _turn = if is_conditional {
            Some(self.conditional.lock().await)
        } else {
            None
        };
        let answered = self.front.call(request.map(s3s::Body::from)).await;
        match answered {
            // The front leaves it to its HTTP server to send no body here.
            Ok(response) if is_head => response.map(|_unsent| Bytes::new()),
            Ok(response) => collect(response).await,
            Err(error) => {
                tracing::error!(error = ?error, "S3 failed");
                failure(500, "InternalError", "internal failure")
            }
        }
    }
}

impl Buckets {
    fn locked(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a request as it may be done where objects are locked: what is written must be new. Nothing, of one that
    /// would delete.
    fn held(&self, mut request: Request<Bytes>) -> Option<Request<Bytes>> {
        let (bucket, _) = bucket_and_key(&request);
        if !self.locked().contains(&bucket) {
            return Some(request);
        }
        let method = request.method();
        if method == Method::PUT {
            let any = HeaderValue::from_static("*");
            request.headers_mut().insert(IF_NONE_MATCH, any);
            return Some(request);
        }
        (method == Method::GET || method == Method::HEAD).then_some(request)
    }
}

/// Returns whether a segment of an encoded path, which may have a query after it, leads to where it stands or above.
fn has_dots(path: &[u8]) -> bool {
    let decoded: Vec<u8> = percent_decode(path).collect();
    decoded
        .split(|byte| matches!(byte, b'/' | b'?'))
        .any(|segment| matches!(segment, b"." | b".."))
}

fn config() -> S3Config {
    let mut config = S3Config::default();
    // The time of a request is checked against our clock, which may be virtual, before.
    config.presigned_url_max_skew_time_secs = u32::MAX;
    config
}

async fn collect(response: Response<s3s::Body>) -> Response<Bytes> {
    let (parts, body) = response.into_parts();
    match body.collect().await {
        Ok(body) => Response::from_parts(parts, body.to_bytes()),
        Err(error) => {
            tracing::error!(error = %error, "an object could not be read");
            failure(500, "InternalError", "internal failure")
        }
    }
}

/// Returns the bucket and the key that a request names; either may be empty.
pub(crate) fn bucket_and_key(request: &Request<Bytes>) -> (String, String) {
    let path = request.uri().path().trim_start_matches('/');
    let name = host_of(request).unwrap_or_default();
    let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
    match host::bucket_of(name) {
        Some(bucket) => (bucket.to_owned(), path.to_owned()),
        None => match path.split_once('/') {
            Some((bucket, key)) => (bucket.to_owned(), key.to_owned()),
            None => (path.to_owned(), String::new()),
        },
    }
}

/// The secret keys of the local credentials and of assumed roles.
struct Keys(Sessions);

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match self.0.secret_key(access_key) {
            Some(secret) => Ok(SecretKey::from(secret)),
            None => Err(s3_error!(InvalidAccessKeyId)),
        }
    }
}
