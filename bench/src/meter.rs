//! What a platform's functions spend, told apart while they run. It must never know what a function
//! does.
//!
//! Told apart are the processor time of each function, that of the services on this machine which
//! stand in for AWS, and what is charged for by the piece.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use futures_util::future::BoxFuture;
use local::platform::{Registry, Start};
use runtime::{Environment, Function};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

/// Returns the processor time that this thread has had.
pub fn thread_time() -> Duration {
    time(ClockId::ThreadCPUTime)
}

/// Returns the processor time that all threads of this process have had.
pub fn process_time() -> Duration {
    time(ClockId::ProcessCPUTime)
}

fn time(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(time.tv_nsec.unsigned_abs())
}

/// What one function spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// How often it was invoked.
    pub invocations: u32,
    /// How often an environment of it was started.
    pub starts: u32,
    /// Its calls to services.
    pub calls: u32,
    /// Messages it sent to queues.
    pub messages: u32,
    /// Events it put on the bus.
    pub events: u32,
    /// Cache tags and paths it had purged.
    pub purged: u32,
    /// Processor time on the threads that it was polled on.
    pub polled: Duration,
    /// Of that, the time inside its calls: what stands in for AWS.
    pub services: Duration,
}

impl Share {
    /// Returns what was spent after `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            invocations: self.invocations - earlier.invocations,
            starts: self.starts - earlier.starts,
            calls: self.calls - earlier.calls,
            messages: self.messages - earlier.messages,
            events: self.events - earlier.events,
            purged: self.purged - earlier.purged,
            polled: self.polled.saturating_sub(earlier.polled),
            services: self.services.saturating_sub(earlier.services),
        }
    }

    /// Returns the processor time of the function itself, with the SDK.
    pub fn own(self) -> Duration {
        self.polled.saturating_sub(self.services)
    }

    fn add_request(&mut self, request: &HttpRequest) {
        self.calls += 1;
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        if target.ends_with(".SendMessageBatch") {
            self.messages += entries(body);
        } else if target.ends_with(".PutEvents") {
            self.events += entries(body);
        } else if request.uri().ends_with("/invalidation") {
            self.purged += count(body, b"<Path>");
        }
    }
}

fn entries(body: &[u8]) -> u32 {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let entries = body
        .get("Entries")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    u32::try_from(entries).unwrap_or(u32::MAX)
}

fn count(body: &[u8], part: &[u8]) -> u32 {
    let parts = body.windows(part.len()).filter(|window| *window == part);
    u32::try_from(parts.count()).unwrap_or(u32::MAX)
}

/// What the functions of one platform spent. Clones are the same meter.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<BTreeMap<&'static str, Share>>>);

impl Meter {
    /// Returns what each function spent so far.
    pub fn shares(&self) -> BTreeMap<&'static str, Share> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns a registry of the same functions, whose spending shows here.
    pub fn registry(&self, registry: &Registry) -> Registry {
        registry
            .iter()
            .map(|(name, start)| (*name, self.start(name, start)))
            .collect()
    }

    fn start(&self, name: &'static str, start: &Start) -> Start {
        let (meter, start) = (self.clone(), Arc::clone(start));
        Arc::new(move |environment| {
            let (meter, start) = (meter.clone(), Arc::clone(&start));
            Box::pin(async move {
                meter.of(name, |share| share.starts += 1);
                let environment = meter.environment(name, environment);
                let started = meter.timed(name, Part::Whole, start(environment)).await?;
                Ok(meter.function(name, started))
            })
        })
    }

    fn environment(&self, name: &'static str, environment: Environment) -> Environment {
        let Some(client) = environment.sdk.http_client() else {
            return environment;
        };
        let client = MeteredClient {
            inner: client,
            meter: self.clone(),
            name,
        };
        let sdk = environment.sdk.into_builder().http_client(client).build();
        Environment { sdk, ..environment }
    }

    fn function(&self, name: &'static str, function: Function) -> Function {
        let meter = self.clone();
        Function::new(move |payload, context| {
            let (meter, function) = (meter.clone(), function.clone());
            async move {
                meter.of(name, |share| share.invocations += 1);
                let handling = async move { function.invoke(payload, context).await };
                meter.timed(name, Part::Whole, Box::pin(handling)).await
            }
        })
    }

    fn timed<T>(&self, name: &'static str, part: Part, inner: BoxFuture<'static, T>) -> Timed<T> {
        Timed {
            inner,
            meter: self.clone(),
            name,
            part,
        }
    }

    fn of(&self, name: &'static str, note: impl FnOnce(&mut Share)) {
        let mut shares: MutexGuard<'_, _> = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        note(shares.entry(name).or_default());
    }
}

/// Which time a future's polls are. Calls are polled inside the function that makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Services,
}

/// A future whose polls are timed.
struct Timed<T> {
    inner: BoxFuture<'static, T>,
    meter: Meter,
    name: &'static str,
    part: Part,
}

impl<T> Future for Timed<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let begun = thread_time();
        let polled = self.inner.as_mut().poll(context);
        let spent = thread_time().saturating_sub(begun);
        let part = self.part;
        self.meter.of(self.name, |share| match part {
            Part::Whole => share.polled += spent,
            Part::Services => share.services += spent,
        });
        polled
    }
}

/// A way to the services whose use is noted.
#[derive(Debug)]
struct MeteredClient {
    inner: SharedHttpClient,
    meter: Meter,
    name: &'static str,
}

impl HttpClient for MeteredClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(MeteredConnector {
            inner: self.inner.http_connector(settings, components),
            meter: self.meter.clone(),
            name: self.name,
        })
    }
}

#[derive(Debug)]
struct MeteredConnector {
    inner: SharedHttpConnector,
    meter: Meter,
    name: &'static str,
}

impl HttpConnector for MeteredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, meter, name) = (self.inner.clone(), self.meter.clone(), self.name);
        let carrying = async move {
            meter.of(name, |share| share.add_request(&request));
            inner.call(request).await
        };
        HttpConnectorFuture::new(
            self.meter
                .timed(self.name, Part::Services, Box::pin(carrying)),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use aws_smithy_types::body::SdkBody;

    use super::{Meter, Part, Share};

    fn request(target: Option<&'static str>, uri: &str, body: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_uri(uri).unwrap();
        if let Some(target) = target {
            request.headers_mut().insert("x-amz-target", target);
        }
        request
    }

    #[test]
    fn what_is_charged_by_the_piece_is_counted() {
        let mut share = Share::default();
        let batch = "{\"Entries\":[{},{},{}]}";
        let uri = "https://service.local/";
        share.add_request(&request(Some("AmazonSQS.SendMessageBatch"), uri, batch));
        share.add_request(&request(
            Some("AWSEvents.PutEvents"),
            uri,
            "{\"Entries\":[{}]}",
        ));
        share.add_request(&request(Some("DynamoDB_20120810.GetItem"), uri, "{}"));
        let paths = "<Paths><Items><Path>#a</Path><Path>#b</Path></Items></Paths>";
        let invalidation = "https://cloudfront.local/2020-05-31/distribution/E1/invalidation";
        share.add_request(&request(None, invalidation, paths));
        assert_eq!(
            (share.calls, share.messages, share.events, share.purged),
            (4, 3, 1, 2)
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_a_call_takes_is_not_the_functions() {
        let meter = Meter::default();
        let busy = |rounds: u64| async move {
            std::hint::black_box((0..rounds).fold(0_u64, |sum, each| sum ^ each.wrapping_mul(sum)))
        };
        let within = meter.timed("content", Part::Services, Box::pin(busy(2_000_000)));
        meter.timed("content", Part::Whole, Box::pin(within)).await;
        let share = meter.shares()["content"];
        assert!(share.services > Duration::ZERO, "{share:?}");
        assert!(share.own() < share.services, "{share:?}");
    }
}
