//! The table's adapter: turns the port's reads and writes into DynamoDB calls of the AWS SDK. It
//! must never know about tenants, entities or what the items mean.

mod reads;
mod retries;
mod writes;

use std::fmt;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use serde_dynamo::Item;
use tenancy::storage::{
    Consistency, CountError, DueLine, RawCount, RawKey, RawQuery, RawWrite, StorageError,
    TablePort, TransactError,
};

use crate::retries::{ConflictsAreTransient, Pause};

/// The attribute names of the table's primary key.
pub(crate) const PK: &str = "pk";
pub(crate) const SK: &str = "sk";

/// The index of what falls due, with its key attributes.
pub(crate) const DUE_INDEX: &str = "due";
pub(crate) const DUE_PK: &str = tenancy::relay::DUE_ATTRIBUTES[0];
pub(crate) const DUE_SK: &str = tenancy::relay::DUE_ATTRIBUTES[1];

/// The table, over DynamoDB.
#[derive(Debug, Clone)]
pub struct Adapter {
    client: Client,
    table: String,
    pause: Pause,
}

impl Adapter {
    /// Opens `table` with the SDK's configuration.
    pub fn open(sdk: &SdkConfig, table: &str) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(sdk)
            .retry_classifier(ConflictsAreTransient)
            .build();
        Self {
            client: Client::from_conf(config),
            table: table.to_owned(),
            pause: Pause::of(sdk),
        }
    }
}

#[async_trait]
impl TablePort for Adapter {
    async fn get(
        &self,
        key: &RawKey,
        consistency: Consistency,
    ) -> Result<Option<Item>, StorageError> {
        reads::get(self, key, consistency).await
    }

    async fn get_many(&self, keys: &[RawKey]) -> Result<Vec<Item>, StorageError> {
        reads::get_many(self, keys).await
    }

    async fn query(&self, query: &RawQuery) -> Result<Vec<Item>, StorageError> {
        reads::query(self, query).await
    }

    async fn put_many(&self, items: Vec<(RawKey, Item)>) -> Result<(), StorageError> {
        writes::put_many(self, items).await
    }

    async fn transact(&self, writes: Vec<RawWrite>) -> Result<(), TransactError> {
        writes::transact(self, writes).await
    }

    async fn count(&self, key: &RawKey, count: RawCount) -> Result<Item, CountError> {
        writes::count(self, key, count).await
    }

    async fn query_due(&self, query: &RawQuery) -> Result<Vec<DueLine>, StorageError> {
        reads::query_due(self, query).await
    }
}

/// Returns what an answer of the service means.
fn answered<E, R>(operation: &'static str, error: SdkError<E, R>) -> StorageError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    let code = error.code().map(str::to_owned);
    StorageError::answered(operation, code.as_deref(), error)
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
