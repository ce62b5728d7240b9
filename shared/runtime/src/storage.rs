//! Storage under every identity of a function: its own, and one for each tenant that it acts on.
//!
//! The identity for a tenant is a session of the function's tenant role, with the tenant as the session's tag, which the
//! role's policy stands on: `T#${aws:PrincipalTag/tenant}#…`. Source: IAM user guide, "Pass session tags in AWS
//! STS".

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{
    ProvideCredentials, Result, SharedCredentialsProvider, future,
};
use aws_sdk_sts::Client;
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_sdk_sts::types::Tag;
use kernel::TenantId;
use lru::LruCache;
use tenancy::storage::{Ports, StorageError, StoragePort};

/// The session's tag that names the tenant.
const TENANT_TAG: &str = "tenant";

/// How long a session lasts, in seconds: as long as one may that a role's session takes on (STS API reference,
/// `AssumeRole`: role chaining).
const SESSION_S: i32 = 3_600;

/// Tenants for which an environment keeps its storage open; the one that was not asked for longest goes first.
const TENANTS_MAX: NonZeroUsize = NonZeroUsize::new(128).unwrap();

/// The table and the bucket.
#[derive(Debug)]
pub(crate) struct Storage {
    place: Place,
    own: Ports,
    tenants: Option<Tenants>,
}

/// Where the table and the buckets are.
#[derive(Debug)]
pub(crate) struct Place {
    /// The table.
    pub(crate) table: String,
    /// The bucket.
    pub(crate) bucket: String,
    /// The bucket of seals, of a function that has to do with them.
    pub(crate) anchors: Option<String>,
}

/// The role for tenants, and the storage that is open in it.
#[derive(Debug)]
struct Tenants {
    sdk: SdkConfig,
    sts: Client,
    role: Arc<str>,
    open: Mutex<LruCache<TenantId, Ports>>,
}

impl Storage {
    /// Opens a place; tenants' data in `role`, or without one as the function itself.
    pub(crate) fn open(sdk: &SdkConfig, place: Place, role: Option<&str>) -> Self {
        let tenants = role.map(|role| Tenants {
            sdk: sdk.clone(),
            sts: Client::new(sdk),
            role: role.into(),
            open: Mutex::new(LruCache::new(TENANTS_MAX)),
        });
        Self {
            own: place.ports(sdk),
            place,
            tenants,
        }
    }
}

impl StoragePort for Storage {
    fn own(&self) -> Ports {
        self.own.clone()
    }

    fn of(&self, tenant: TenantId) -> Ports {
        match &self.tenants {
            None => self.own(),
            Some(tenants) => {
                if let Some(open) = tenants.open().get(&tenant) {
                    return open.clone();
                }
                // Nobody waits for the lock meanwhile.
                let opened = self.place.ports(&tenants.sdk_of(tenant));
                let mut open = tenants.open();
                open.get_or_insert(tenant, || opened).clone()
            }
        }
    }

    fn has_sessions(&self) -> bool {
        self.tenants.is_some()
    }

    fn renew(&self, tenant: TenantId) {
        if let Some(tenants) = &self.tenants {
            tenants.open().pop(&tenant);
        }
    }
}

impl Place {
    fn ports(&self, sdk: &SdkConfig) -> Ports {
        let blobs = blobs::Adapter::open(sdk, &self.bucket);
        Ports {
            table: Arc::new(table::Adapter::open(sdk, &self.table)),
            anchors: Arc::new(blobs.anchors(self.anchors.as_deref())),
            blobs: Arc::new(blobs),
        }
    }
}

impl Tenants {
    fn open(&self) -> MutexGuard<'_, LruCache<TenantId, Ports>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the configuration of whoever acts on one tenant. Its session begins with the first call and is taken on
    /// anew before it ends.
    fn sdk_of(&self, tenant: TenantId) -> SdkConfig {
        let session = Session {
            sts: self.sts.clone(),
            role: Arc::clone(&self.role),
            tenant,
        };
        self.sdk
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(session))
            // The table and the bucket of a tenant share one session.
            .identity_cache(IdentityCache::lazy().build())
            .build()
    }
}

/// The credentials of a session for one tenant.
#[derive(Debug)]
struct Session {
    sts: Client,
    role: Arc<str>,
    tenant: TenantId,
}

impl ProvideCredentials for Session {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.begin())
    }
}

impl Session {
    async fn begin(&self) -> Result {
        let tenant = self.tenant.to_string();
        let tag = Tag::builder().key(TENANT_TAG).value(&tenant).build();
        let answer = self
            .sts
            .assume_role()
            .role_arn(&*self.role)
            .role_session_name(&tenant)
            .duration_seconds(SESSION_S)
            .tags(tag.map_err(CredentialsError::unhandled)?)
            .send()
            .await;
        let answer = answer.map_err(|error| {
            let code = error.code().map(str::to_owned);
            let error = StorageError::answered("begin a session", code.as_deref(), error);
            CredentialsError::provider_error(error)
        })?;
        let Some(given) = answer.credentials else {
            return Err(CredentialsError::unhandled("STS gave no credentials"));
        };
        let ends = given.expiration().to_owned();
        let ends = ends.try_into().map_err(CredentialsError::unhandled)?;
        Ok(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            Some(ends),
            "AssumeRole",
        ))
    }
}
