//! The SDK of a function: who it is, how long it waits and how often it tries.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;

use crate::environment::{StartError, variable};
use crate::tls;

const REGION: &str = "AWS_REGION";
const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";

/// Where the services are, for whoever runs functions against something else than AWS.
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// A file of roots to trust in place of AWS's own, as AWS's tools have it: beside an endpoint of
/// one's own.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// Attempts of one call, with the first.
pub const ATTEMPTS_MAX: u32 = 3;

/// The wait before the second attempt; it doubles from one to the next.
const BACKOFF_FIRST: Duration = Duration::from_millis(50);

/// The longest wait between two attempts.
pub const BACKOFF_MAX: Duration = Duration::from_secs(1);

const CONNECT_MAX: Duration = Duration::from_secs(1);

/// Well above the slowest answers of the services, so that one that never comes is tried again.
const ATTEMPT_MAX: Duration = Duration::from_secs(3);

/// Below the time that a function has, so that it can still say what went wrong.
const CALL_MAX: Duration = Duration::from_secs(8);

/// Returns the configuration of a process whose variables are Lambda's.
///
/// The region and the credentials of the function's role stand there. Nothing else is asked who the
/// function is, no profile and no metadata service: it is this role or it does not start. Other
/// variables of AWS's tools, such as endpoints of single services, are not read.
pub fn config(variables: &BTreeMap<String, String>) -> Result<SdkConfig, StartError> {
    let optional = |name| variables.get(name).filter(|value| !value.is_empty());
    let credentials = Credentials::new(
        variable(variables, ACCESS_KEY_ID)?,
        variable(variables, SECRET_ACCESS_KEY)?,
        optional(SESSION_TOKEN).cloned(),
        None,
        "Lambda",
    );
    let bundle = optional(CA_BUNDLE).map(std::fs::read_to_string).transpose();
    let bundle = bundle.map_err(|error| StartError::MalformedVariable(CA_BUNDLE, error.into()))?;
    let client = tls::client(bundle.as_deref())
        .map_err(|error| StartError::MalformedVariable(CA_BUNDLE, error))?;
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable(variables, REGION)?.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(client)
        .sleep_impl(TokioSleep::new())
        .retry_config(retries())
        .timeout_config(timeouts());
    if let Some(url) = optional(ENDPOINT_URL) {
        config = config.endpoint_url(url);
    }
    Ok(config.build())
}

/// Returns how often calls are tried.
pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
        .with_initial_backoff(BACKOFF_FIRST)
        .with_max_backoff(BACKOFF_MAX)
}

/// Returns how long calls may take.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_MAX)
        .operation_attempt_timeout(ATTEMPT_MAX)
        .operation_timeout(CALL_MAX)
        .build()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_credential_types::provider::ProvideCredentials;

    use super::{ATTEMPT_MAX, ATTEMPTS_MAX, CA_BUNDLE, CALL_MAX, CONNECT_MAX, config};
    use crate::environment::StartError;

    fn variables() -> BTreeMap<String, String> {
        [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    fn with(name: &str, value: &str) -> BTreeMap<String, String> {
        let mut variables = variables();
        variables.insert(name.to_owned(), value.to_owned());
        variables
    }

    #[tokio::test]
    async fn a_function_is_who_its_variables_say() {
        for (token, expected) in [("", None), ("token", Some("token"))] {
            let sdk = config(&with("AWS_SESSION_TOKEN", token)).unwrap();
            let provider = sdk.credentials_provider().unwrap();
            let credentials = provider.provide_credentials().await.unwrap();
            assert_eq!(credentials.access_key_id(), "id");
            assert_eq!(credentials.secret_access_key(), "secret");
            assert_eq!(credentials.session_token(), expected);
            assert_eq!(sdk.region().unwrap().as_ref(), "eu-west-1");
        }
        for name in variables().keys() {
            let mut without = variables();
            without.remove(name);
            for variables in [without, with(name, "")] {
                let error = config(&variables).unwrap_err();
                assert!(matches!(error, StartError::MissingVariable(it) if it == name));
            }
        }
    }

    #[test]
    fn calls_go_to_aws_unless_an_endpoint_is_said_and_have_an_end() {
        let sdk = config(&variables()).unwrap();
        assert_eq!(sdk.endpoint_url(), None);
        assert!(sdk.sleep_impl().is_some(), "waits would not wait");
        assert_eq!(sdk.retry_config().unwrap().max_attempts(), ATTEMPTS_MAX);
        let timeouts = sdk.timeout_config().unwrap();
        assert_eq!(timeouts.connect_timeout(), Some(CONNECT_MAX));
        assert_eq!(timeouts.operation_attempt_timeout(), Some(ATTEMPT_MAX));
        assert_eq!(timeouts.operation_timeout(), Some(CALL_MAX));
        let own = config(&with("AWS_ENDPOINT_URL", "http://localhost:1")).unwrap();
        assert_eq!(own.endpoint_url(), Some("http://localhost:1"));
    }

    #[test]
    fn roots_that_cannot_be_used_are_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "no certificate").unwrap();
        for file in [folder.path().join("missing.pem"), empty] {
            let variables = with(CA_BUNDLE, &file.display().to_string());
            let error = config(&variables).unwrap_err();
            assert!(matches!(
                error,
                StartError::MalformedVariable("AWS_CA_BUNDLE", _)
            ));
        }
    }
}
