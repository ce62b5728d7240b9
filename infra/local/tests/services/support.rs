//! One machine's services with a clock that the test moves, and SDK clients over a connector.

use std::path::Path;
use std::sync::Arc;

use aws_config::SdkConfig;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, ManualClock, SeededEntropy};
use local::connector::{Connector, EnvironmentLabel, SdkTime, sdk_config};
use local::fault::{Faults, NoFaults};
use local::history::History;
use local::services::dynamodb::{IndexSpec, Projection, TableSpec};
use local::services::s3::BucketSpec;
use local::services::{Services, ServicesConfig};
use local::storage::Storage;
use serde_json::Value;

pub(crate) const TABLE: &str = "platform";
pub(crate) const BUCKET: &str = "objects";

/// A machine under test.
pub(crate) struct Machine {
    pub(crate) services: Arc<Services>,
    pub(crate) clock: ManualClock,
    pub(crate) history: History,
}

impl Machine {
    /// Opens a machine in memory.
    pub(crate) async fn memory() -> Self {
        Self::open(Storage::Memory).await
    }

    /// Opens a machine over `folder`.
    pub(crate) async fn folder(folder: &Path) -> Self {
        Self::open(Storage::Folder(folder.to_owned())).await
    }

    async fn open(data: Storage) -> Self {
        let clock = ManualClock::at("2031-05-01T10:00:00Z".parse::<Timestamp>().unwrap());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let mut config = ServicesConfig::memory(shared, Arc::new(SeededEntropy::new(7)));
        config.data = data;
        let services = Services::open(config).expect("services open");
        services
            .table()
            .ensure(table_spec())
            .await
            .expect("a table");
        services
            .buckets()
            .ensure(&BucketSpec::named(BUCKET))
            .await
            .expect("a bucket");
        Self {
            services,
            clock,
            history: History::default(),
        }
    }

    /// Returns the SDK configuration of a new warm environment.
    pub(crate) fn sdk(&self) -> SdkConfig {
        self.environment(Arc::new(NoFaults)).1
    }

    /// Returns the connector and the SDK configuration of a new warm environment with `faults`.
    pub(crate) fn environment(&self, faults: Arc<dyn Faults>) -> (Connector, SdkConfig) {
        let label = EnvironmentLabel {
            function: "content".to_owned(),
            number: 1,
        };
        let history = self.history.clone();
        let connector = Connector::new(Arc::clone(&self.services), label, faults, history, None);
        let time = SdkTime::Virtual(Arc::new(self.clock.clone()));
        let sdk = sdk_config(&connector, time);
        (connector, sdk)
    }

    /// Returns the records of the table's stream, from its beginning.
    pub(crate) async fn records(&self) -> Vec<Value> {
        let tables = self.services.table();
        tables.stream_records(TABLE, None, 100).await.unwrap()
    }

    /// Moves the clock on.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

/// The platform's table.
pub(crate) fn table_spec() -> TableSpec {
    TableSpec {
        name: TABLE.to_owned(),
        partition_key: "pk".to_owned(),
        sort_key: Some("sk".to_owned()),
        indexes: vec![IndexSpec {
            name: "due".to_owned(),
            partition_key: "duePk".to_owned(),
            sort_key: Some("dueSk".to_owned()),
            projection: Projection::KeysOnly,
        }],
        stream: true,
        ttl_attribute: Some("expiresAt".to_owned()),
    }
}
