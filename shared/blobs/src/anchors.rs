//! The adapter of the bucket of seals: an object is written once.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use tenancy::storage::{AnchorPort, RawBlobKey, StorageError};

use crate::{answered, read};

/// What S3 says of a write on the condition that nothing is there where something is (Amazon S3 API reference,
/// `PutObject`).
const THERE: &str = "PreconditionFailed";

/// The bucket of seals, over S3.
#[derive(Debug, Clone)]
pub struct Anchors {
    pub(crate) client: Client,
    pub(crate) bucket: Option<String>,
}

/// The function was not told of the bucket of seals.
#[derive(Debug, thiserror::Error)]
#[error("there is no bucket of seals")]
struct NoBucket;

impl Anchors {
    fn bucket(&self, operation: &'static str) -> Result<&str, StorageError> {
        let none = || StorageError::answered(operation, None, NoBucket);
        self.bucket.as_deref().ok_or_else(none)
    }
}

#[async_trait]
impl AnchorPort for Anchors {
    async fn get(&self, key: &RawBlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        const READ: &str = "read a seal";
        read(READ, &self.client, self.bucket(READ)?, key).await
    }

    async fn put_new(&self, key: &RawBlobKey, bytes: Vec<u8>) -> Result<bool, StorageError> {
        const WRITE: &str = "write a seal";
        let request = self.client.put_object().bucket(self.bucket(WRITE)?);
        let request = request.key(key.as_str()).body(ByteStream::from(bytes));
        match request.if_none_match("*").send().await {
            Ok(_written) => Ok(true),
            Err(error) if error.code() == Some(THERE) => Ok(false),
            Err(error) => Err(answered(WRITE, error)),
        }
    }

    async fn list(
        &self,
        prefix: &RawBlobKey,
        after: Option<&RawBlobKey>,
    ) -> Result<Vec<String>, StorageError> {
        const LIST: &str = "list seals";
        let request = self.client.list_objects_v2().bucket(self.bucket(LIST)?);
        let request = request.prefix(prefix.as_str());
        let after = after.map(|after| after.as_str().to_owned());
        let output = request.set_start_after(after).send().await;
        let output = output.map_err(|error| answered(LIST, error))?;
        let keys = output.contents.unwrap_or_default().into_iter();
        Ok(keys.filter_map(|object| object.key).collect())
    }
}
