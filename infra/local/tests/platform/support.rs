//! A small platform: a table, a site behind the content delivery network, and what a test adds.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use kernel::{ManualClock, SeededEntropy};
use local::connector::{Connector, EnvironmentLabel, SdkTime, sdk_config};
use local::fault::{Faults, NoFaults};
use local::history::History;
use local::platform::{Platform, PlatformConfig, Registry, Start, Time};
use local::storage::Storage;
use runtime::{Environment, Function, FunctionError};
use serde_json::{Value, json};

/// What every template has: the parts without which a platform does not start.
pub(crate) const BASE: &str = "
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - { AttributeName: pk, AttributeType: S }
        - { AttributeName: sk, AttributeType: S }
      KeySchema:
        - { AttributeName: pk, KeyType: HASH }
        - { AttributeName: sk, KeyType: RANGE }
      StreamSpecification:
        StreamViewType: NEW_AND_OLD_IMAGES
  SiteFunction:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig:
        AuthType: AWS_IAM
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        CacheTagConfig:
          HeaderName: Cache-Tag
        DefaultCacheBehavior:
          TargetOriginId: site
          ViewerProtocolPolicy: redirect-to-https
          AllowedMethods: [GET, HEAD, OPTIONS]
          CachePolicyId: !Ref SiteCachePolicy
        Origins:
          - Id: site
            DomainName: !Select [2, !Split [/, !GetAtt SiteFunctionUrl.FunctionUrl]]
        CustomErrorResponses:
          - { ErrorCode: 500, ErrorCachingMinTTL: 0 }
          - { ErrorCode: 502, ErrorCachingMinTTL: 5 }
  SiteCachePolicy:
    Type: AWS::CloudFront::CachePolicy
    Properties:
      CachePolicyConfig:
        Name: sites
        MinTTL: 0
        DefaultTTL: 0
        MaxTTL: 31536000
        ParametersInCacheKeyAndForwardedToOrigin:
          CookiesConfig: { CookieBehavior: none }
          HeadersConfig: { HeaderBehavior: whitelist, Headers: [x-site-host] }
          QueryStringsConfig: { QueryStringBehavior: none }
  WorkersRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] }
      Policies:
        - PolicyDocument:
            Version: '2012-10-17'
            Statement: { Effect: Allow, Action: ['dynamodb:*', 'sqs:*'], Resource: '*' }
";

/// The table's name.
pub(crate) const TABLE: &str = "hotswap-Table";

/// The instant at which every scene begins.
pub(crate) const BEGINNING: &str = "2026-11-21T08:00:00Z";

/// How a scene differs from the simplest one.
pub(crate) struct Options {
    pub(crate) faults: Arc<dyn Faults>,
    pub(crate) spreads: bool,
    pub(crate) storage: Storage,
    pub(crate) clock: ManualClock,
    pub(crate) is_real: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            faults: Arc::new(NoFaults),
            spreads: false,
            storage: Storage::Memory,
            clock: ManualClock::at(BEGINNING.parse::<Timestamp>().unwrap()),
            is_real: false,
        }
    }
}

impl Options {
    /// Keeps state in `folder`.
    pub(crate) fn folder(folder: &Path) -> Self {
        Self {
            storage: Storage::Folder(folder.to_owned()),
            ..Self::default()
        }
    }
}

/// A small platform and its clock.
pub(crate) struct Scene {
    pub(crate) platform: Platform,
    pub(crate) clock: ManualClock,
}

impl Scene {
    /// Starts a platform of the base and `resources`.
    pub(crate) async fn new(resources: &str, functions: &[(&'static str, Start)]) -> Self {
        Self::with(resources, functions, Options::default()).await
    }

    pub(crate) async fn with(
        resources: &str,
        functions: &[(&'static str, Start)],
        options: Options,
    ) -> Self {
        let mut registry = Registry::from([("site", function(|_, _| async { Ok(page("")) }))]);
        registry.extend(functions.iter().cloned());
        let platform = Platform::start(PlatformConfig {
            template: format!("{BASE}{resources}"),
            registry,
            storage: options.storage,
            time: if options.is_real {
                Time::Real(Arc::new(options.clock.clone()))
            } else {
                Time::Virtual(options.clock.clone())
            },
            entropy: Arc::new(SeededEntropy::new(9)),
            faults: options.faults,
            domain: "localhost".to_owned(),
            parameters: BTreeMap::new(),
            port: 3000,
            mail_server: None,
            spreads: options.spreads,
        })
        .await
        .expect("the platform starts");
        Self {
            platform,
            clock: options.clock,
        }
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        let step = SignedDuration::from_secs(seconds);
        self.platform.advance(step).await.unwrap();
    }

    pub(crate) async fn settle(&self) {
        self.platform.settle().await.unwrap();
    }

    /// Returns the configuration of an SDK that is no function's.
    pub(crate) fn sdk(&self) -> SdkConfig {
        let label = EnvironmentLabel {
            function: "test".to_owned(),
            number: 0,
        };
        let services = Arc::clone(self.platform.services());
        let connector = Connector::new(
            services,
            label,
            Arc::new(NoFaults),
            History::default(),
            None,
        );
        sdk_config(&connector, SdkTime::Virtual(Arc::new(self.clock.clone())))
    }

    /// Sends a message to the queue whose logical id is `id`.
    pub(crate) async fn send(&self, id: &str, body: &str) -> String {
        let queues = self.platform.services().queues();
        queues.send(&format!("hotswap-{id}"), body).await.unwrap()
    }

    /// Returns the bodies of all messages in the queue whose logical id is `id`.
    pub(crate) async fn left(&self, id: &str) -> Vec<String> {
        let queues = self.platform.services().queues();
        let messages = queues.list(&format!("hotswap-{id}")).await.unwrap();
        messages.into_iter().map(|message| message.body).collect()
    }

    /// Puts an item with the attribute `entity` into the table.
    pub(crate) async fn put(&self, sk: &str, entity: &str) {
        put(&self.sdk(), sk, entity).await.unwrap();
    }

    pub(crate) async fn http(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.platform.http(request).await
    }

    /// Asks the API.
    pub(crate) async fn get(&self, path: &str) -> Response<Bytes> {
        self.http(request("GET", "localhost:3000", path)).await
    }

    /// Asks a website.
    pub(crate) async fn visit(&self, path: &str) -> Response<Bytes> {
        self.http(request("GET", "a.localhost:3000", path)).await
    }
}

/// Returns the seconds from the beginning to `at`.
pub(crate) fn seconds_at(at: Timestamp) -> i64 {
    let beginning: Timestamp = BEGINNING.parse().unwrap();
    at.as_second() - beginning.as_second()
}

pub(crate) fn request(method: &str, host: &str, path: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path);
    request.header("host", host).body(Bytes::new()).unwrap()
}

/// Puts an item into the table.
pub(crate) async fn put(sdk: &SdkConfig, sk: &str, entity: &str) -> Result<(), FunctionError> {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let client = aws_sdk_dynamodb::Client::new(sdk);
    let item = client
        .put_item()
        .table_name(TABLE)
        .item("pk", S("all".to_owned()))
        .item("sk", S(sk.to_owned()))
        .item("entity", S(entity.to_owned()));
    match item.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(FunctionError::new("NotPut", format!("{error:?}"))),
    }
}

/// Makes a function of what it does with its environment and a payload.
pub(crate) fn function<F, R>(act: F) -> Start
where
    F: Fn(Environment, Value) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Value, FunctionError>> + Send + 'static,
{
    Arc::new(move |environment| {
        let act = act.clone();
        Box::pin(async move {
            Ok(Function::new(move |payload, _context| {
                act(environment.clone(), payload)
            }))
        })
    })
}

/// Makes a function that notes what it is given and answers with `answer` of it.
pub(crate) fn noting<F>(heard: &Heard, answer: F) -> Start
where
    F: Fn(&Value) -> Value + Clone + Send + Sync + 'static,
{
    let heard = heard.clone();
    function(move |_, payload| {
        heard.note(&payload);
        let answer = answer(&payload);
        async move { Ok(answer) }
    })
}

/// Counts the environments that start.
pub(crate) fn counted(start: &Start) -> (Start, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let (start, counted) = (Arc::clone(start), Arc::clone(&count));
    let start: Start = Arc::new(move |environment| {
        counted.fetch_add(1, Ordering::SeqCst);
        start(environment)
    });
    (start, count)
}

/// What functions were given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<Value>>>);

impl Heard {
    pub(crate) fn note(&self, payload: &Value) {
        self.0.lock().unwrap().push(payload.clone());
    }

    /// Returns everything since the last time.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Returns, of everything since the last time, what `read` finds in the records of each batch.
    pub(crate) fn batches(&self, read: fn(&Value) -> String) -> Vec<Vec<String>> {
        let batches = self.take();
        let batches = batches.iter().map(|batch| texts(batch, read));
        batches.collect()
    }
}

/// Returns what `read` finds in each record of a batch.
pub(crate) fn texts(batch: &Value, read: fn(&Value) -> String) -> Vec<String> {
    batch["Records"]
        .as_array()
        .unwrap()
        .iter()
        .map(read)
        .collect()
}

/// Reads a message's body.
pub(crate) fn body(record: &Value) -> String {
    record["body"].as_str().unwrap().to_owned()
}

/// Reads the sort key of a stream's record.
pub(crate) fn key(record: &Value) -> String {
    let key = &record["dynamodb"]["Keys"]["sk"]["S"];
    key.as_str().unwrap().to_owned()
}

/// Makes the answer that names these as failed.
pub(crate) fn failures<I: IntoIterator<Item = String>>(ids: I) -> Value {
    let failures: Vec<Value> = ids
        .into_iter()
        .map(|id| json!({ "itemIdentifier": id }))
        .collect();
    json!({ "batchItemFailures": failures })
}

/// Makes the answer of a page that anybody may keep for a minute.
pub(crate) fn page(body: &str) -> Value {
    json!({
        "statusCode": 200,
        "headers": { "cache-control": "public, s-maxage=60", "etag": "\"1\"" },
        "body": body,
    })
}
