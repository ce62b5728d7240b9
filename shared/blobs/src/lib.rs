//! The bucket's adapter: turns the port's reads and writes into S3 calls of the AWS SDK. It must
//! never know about tenants or what the bytes mean.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use tenancy::storage::{BlobPort, RawBlobKey, StorageError};

/// The bucket, over S3.
#[derive(Debug, Clone)]
pub struct Adapter {
    client: Client,
    bucket: String,
}

impl Adapter {
    /// Opens `bucket` with the SDK's configuration.
    pub fn open(sdk: &SdkConfig, bucket: &str) -> Self {
        // Path style reaches any endpoint, also one on a single address.
        let config = aws_sdk_s3::config::Builder::from(sdk)
            .force_path_style(sdk.endpoint_url().is_some())
            .build();
        Self {
            client: Client::from_conf(config),
            bucket: bucket.to_owned(),
        }
    }
}

#[async_trait]
impl BlobPort for Adapter {
    async fn get(&self, key: &RawBlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        let result = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .send()
            .await;
        let output = match result {
            Ok(output) => output,
            Err(error) if error.as_service_error().is_some_and(is_missing) => return Ok(None),
            Err(error) => return Err(unavailable("read an object", error)),
        };
        let bytes = output
            .body
            .collect()
            .await
            .map_err(|error| unavailable("read an object", error))?;
        Ok(Some(bytes.to_vec()))
    }

    async fn put(&self, key: &RawBlobKey, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| unavailable("write an object", error))?;
        Ok(())
    }

    async fn delete(&self, key: &RawBlobKey) -> Result<(), StorageError> {
        self.client
            .delete_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .send()
            .await
            .map_err(|error| unavailable("delete an object", error))?;
        Ok(())
    }

    async fn list(&self, prefix: &RawBlobKey) -> Result<Vec<String>, StorageError> {
        let output = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix.as_str())
            .send()
            .await
            .map_err(|error| unavailable("list objects", error))?;
        Ok(output
            .contents()
            .iter()
            .filter_map(|object| object.key.clone())
            .collect())
    }
}

fn unavailable<E>(operation: &'static str, error: E) -> StorageError
where
    E: std::error::Error + Send + Sync + 'static,
{
    StorageError::Unavailable {
        operation,
        source: Box::new(error),
    }
}

/// Returns whether there is no such object. To whoever may not list the bucket, as our functions may
/// not, S3 says of an object that is missing that access is denied (API reference, `GetObject`).
fn is_missing(error: &GetObjectError) -> bool {
    let is_denied = error.code() == Some("AccessDenied");
    if is_denied {
        tracing::warn!("an object is missing, or may not be read");
    }
    is_denied || error.is_no_such_key()
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::error::ErrorMetadata;
    use aws_sdk_s3::operation::get_object::GetObjectError;
    use aws_sdk_s3::types::error::NoSuchKey;

    use super::is_missing;

    #[test]
    fn what_is_missing_is_told_from_what_fails() {
        let generic = |code| GetObjectError::generic(ErrorMetadata::builder().code(code).build());
        assert!(is_missing(&GetObjectError::NoSuchKey(
            NoSuchKey::builder().build()
        )));
        assert!(is_missing(&generic("AccessDenied")));
        assert!(!is_missing(&generic("SlowDown")));
    }
}
