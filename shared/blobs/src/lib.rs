//! The buckets' adapters: turn the ports' reads and writes into S3 calls of the AWS SDK. They must
//! never know about tenants or what the bytes mean.

mod anchors;

use std::fmt;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use tenancy::storage::{BlobPort, RawBlobKey, StorageError};

pub use crate::anchors::Anchors;

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

    /// Returns the bucket of seals, as the same client reaches it; without a name there is none to reach.
    pub fn anchors(&self, bucket: Option<&str>) -> Anchors {
        Anchors {
            client: self.client.clone(),
            bucket: bucket.map(str::to_owned),
        }
    }
}

#[async_trait]
impl BlobPort for Adapter {
    async fn get(&self, key: &RawBlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        read("read an object", &self.client, &self.bucket, key).await
    }

    async fn put(&self, key: &RawBlobKey, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| answered("write an object", error))?;
        Ok(())
    }

    async fn delete(&self, key: &RawBlobKey) -> Result<(), StorageError> {
        self.client
            .delete_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .send()
            .await
            .map_err(|error| answered("delete an object", error))?;
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
            .map_err(|error| answered("list objects", error))?;
        Ok(output
            .contents()
            .iter()
            .filter_map(|object| object.key.clone())
            .collect())
    }
}

/// Reads an object. To whoever may not list the bucket, S3 says of an object that is missing that access is denied (API
/// reference, `GetObject`): whose name is in use is never missing.
async fn read(
    operation: &'static str,
    client: &Client,
    bucket: &str,
    key: &RawBlobKey,
) -> Result<Option<Vec<u8>>, StorageError> {
    let request = client.get_object().bucket(bucket).key(key.as_str());
    let output = match request.send().await {
        Ok(output) => output,
        Err(error) => {
            let service = error.as_service_error();
            return if service.is_some_and(GetObjectError::is_no_such_key) {
                Ok(None)
            } else {
                Err(answered(operation, error))
            };
        }
    };
    let bytes = output.body.collect().await;
    let bytes = bytes.map_err(|error| StorageError::answered(operation, None, error))?;
    Ok(Some(bytes.to_vec()))
}

fn answered<E, R>(operation: &'static str, error: SdkError<E, R>) -> StorageError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    let code = error.code().map(str::to_owned);
    StorageError::answered(operation, code.as_deref(), error)
}
