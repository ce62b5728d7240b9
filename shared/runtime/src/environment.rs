//! What a function is given when it starts.

use std::collections::BTreeMap;
use std::num::ParseIntError;
use std::sync::Arc;

use aws_config::SdkConfig;
use kernel::{Clock, Entropy, SiteAddresses};
use tenancy::Platform;

use crate::storage::{Place, Storage};

/// Everything from outside that a function may use: its variables, its way to AWS, time and
/// chance. Nothing else is read from the process.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The function's environment variables: those of `template.yaml`, and Lambda's own.
    pub variables: BTreeMap<String, String>,
    /// The SDK's configuration: credentials, region, retries, timeouts, HTTP client.
    pub sdk: SdkConfig,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random source.
    pub entropy: Arc<dyn Entropy>,
}

/// Why a function could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable that `template.yaml` should have set is not there.
    #[error("the environment variable `{0}` is not set")]
    MissingVariable(&'static str),
    /// A variable's value cannot be used.
    #[error("the environment variable `{0}` cannot be used")]
    MalformedVariable(
        &'static str,
        #[source] Box<dyn std::error::Error + Send + Sync>,
    ),
    /// Something the function needs from AWS at its start was not to be had.
    #[error("cannot {0}")]
    Unavailable(
        &'static str,
        #[source] Box<dyn std::error::Error + Send + Sync>,
    ),
}

impl Environment {
    /// Returns the variable `name`, which must be there and not empty.
    pub fn variable(&self, name: &'static str) -> Result<&str, StartError> {
        variable(&self.variables, name)
    }

    /// Reads the variable `name`, which must be a number.
    pub fn number(&self, name: &'static str) -> Result<u32, StartError> {
        let number = self.variable(name)?.parse();
        number.map_err(|error: ParseIntError| StartError::MalformedVariable(name, error.into()))
    }

    /// Reads how the addresses of websites are written: `SITE_ORIGIN_TEMPLATE`.
    pub fn site_addresses(&self) -> Result<SiteAddresses, StartError> {
        const NAME: &str = "SITE_ORIGIN_TEMPLATE";
        SiteAddresses::parse(self.variable(NAME)?)
            .map_err(|error| StartError::MalformedVariable(NAME, error.into()))
    }

    /// Reads the secret whose id the variable `name` holds.
    pub async fn secret(&self, name: &'static str) -> Result<String, StartError> {
        const READ: &str = "read a secret";
        let client = aws_sdk_secretsmanager::Client::new(&self.sdk);
        let secret = client
            .get_secret_value()
            .secret_id(self.variable(name)?)
            .send()
            .await
            .map_err(|error| StartError::Unavailable(READ, error.into()))?;
        secret
            .secret_string
            .filter(|text| !text.is_empty())
            .ok_or_else(|| StartError::Unavailable(READ, "it holds no text".into()))
    }

    /// Opens the platform's storage: the table `TABLE_NAME`, the bucket `BUCKET_NAME` and, if there is one, the bucket of
    /// seals `ANCHOR_BUCKET_NAME`, for each tenant in the role
    /// `TENANT_ROLE_ARN`, or as the function itself where there is none.
    pub fn platform(&self) -> Result<Platform, StartError> {
        let place = Place {
            table: self.variable("TABLE_NAME")?.to_owned(),
            bucket: self.variable("BUCKET_NAME")?.to_owned(),
            anchors: self.variables.get("ANCHOR_BUCKET_NAME").cloned(),
        };
        let role = self.variables.get("TENANT_ROLE_ARN");
        let storage = Storage::open(&self.sdk, place, role.map(String::as_str));
        Ok(Platform::new(
            Arc::new(storage),
            Arc::clone(&self.clock),
            Arc::clone(&self.entropy),
        ))
    }
}

/// Returns the variable `name`, which must be there and not empty.
pub(crate) fn variable<'a>(
    variables: &'a BTreeMap<String, String>,
    name: &'static str,
) -> Result<&'a str, StartError> {
    variables
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or(StartError::MissingVariable(name))
}
