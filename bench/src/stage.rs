//! A platform that stands ready to be measured: on a virtual clock, with the functions' spending
//! noted, in memory or in a folder. It must never know what is asked of it.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, ManualClock, SeededEntropy};
use local::fault::{Faults, SwitchedFaults};
use local::functions::registry;
use local::platform::{Platform, PlatformConfig, Time, of_one_developer};
use local::storage::Storage;
use tests::client::{Answer, Client, Way};
use tests::world::{TEMPLATE, World};

use crate::meter::{Meter, process_time, thread_time};
use crate::sample::Sample;

/// The API's host.
const API: &str = "localhost:3000";

/// Returns the instant at which stages begin that need not be near the machine's time.
pub fn beginning() -> Timestamp {
    const BEGINNING_S: i64 = 1_767_600_000;
    Timestamp::from_second(BEGINNING_S).unwrap_or_default()
}

/// Where in a minute a measured step begins: schedules tick at its start.
const STEP_SECOND: i64 = 5;

/// How long is waited for what a request set in motion: the last purge comes after half a minute.
/// The step ends before the minute does.
const AFTERMATH: SignedDuration = SignedDuration::from_secs(40);

/// A platform with its clock and its meter.
#[derive(Debug)]
pub struct Stage {
    /// The platform as tests know it.
    pub world: World,
    meter: Meter,
}

impl Stage {
    /// Opens a platform whose clock shows `now`. Equal seeds make equal platforms.
    pub async fn open(storage: Storage, seed: u64, now: Timestamp) -> anyhow::Result<Self> {
        // The SDK would have connections closed; these calls have none.
        runtime::start_logs(runtime::LogFormat::Pretty, "error,aws_smithy_runtime=off");
        let (clock, meter) = (ManualClock::at(now), Meter::default());
        let faults = Arc::new(SwitchedFaults::default());
        let platform = Platform::start(PlatformConfig {
            template: TEMPLATE.to_owned(),
            registry: meter.registry(&registry()),
            storage,
            time: Time::Virtual(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(seed)),
            faults: Arc::clone(&faults) as Arc<dyn Faults>,
            domain: "localhost".to_owned(),
            parameters: of_one_developer(),
            port: 3000,
            mail_server: None,
            spreads: false,
        })
        .await?;
        let world = World {
            platform,
            clock,
            faults,
        };
        Ok(Self { world, meter })
    }

    /// Returns a client.
    pub fn client(&self) -> Client<'_> {
        Client::new(self, API)
    }

    /// Moves the clock to where a step may begin: past the next tick of the minute.
    pub async fn align(&self) -> anyhow::Result<()> {
        let now = self.world.clock.now().as_second();
        let next = (now.div_euclid(60) + 1) * 60 + STEP_SECOND;
        self.advance(SignedDuration::from_secs(next - now)).await
    }

    /// Moves the clock.
    pub async fn advance(&self, step: SignedDuration) -> anyhow::Result<()> {
        self.world.platform.advance(step).await
    }

    /// Measures an answered request.
    pub async fn answered(
        &self,
        asking: impl Future<Output = anyhow::Result<Answer>>,
    ) -> anyhow::Result<(Answer, Sample)> {
        let (answer, mut sample) = self.measured(asking).await?;
        sample.answer_bytes = answer.bytes.len();
        Ok((answer, sample))
    }

    /// Measures what the last request set in motion.
    pub async fn aftermath(&self) -> anyhow::Result<Sample> {
        Ok(self.measured(self.advance(AFTERMATH)).await?.1)
    }

    /// Measures a step. On a runtime of one thread nothing else happens meanwhile.
    pub async fn measured<T>(
        &self,
        step: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<(T, Sample)> {
        let history = self.world.platform.history();
        let (mark, before) = (history.mark(), self.meter.shares());
        let (process, thread) = (process_time(), thread_time());
        let made = step.await?;
        let thread = thread_time().saturating_sub(thread);
        let process = process_time().saturating_sub(process);
        let shares: std::collections::BTreeMap<_, _> = self
            .meter
            .shares()
            .into_iter()
            .map(|(name, share)| {
                (
                    name,
                    share.since(before.get(name).copied().unwrap_or_default()),
                )
            })
            .filter(|(_, share)| *share != crate::meter::Share::default())
            .collect();
        let polled = shares.values().map(|share| share.polled).sum();
        let sample = Sample {
            totals: history.totals(mark),
            shares,
            apart: process.saturating_sub(thread),
            around: thread.saturating_sub(polled),
            answer_bytes: 0,
        };
        Ok((made, sample))
    }
}

#[async_trait]
impl Way for Stage {
    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        Ok(self.world.platform.http(request).await)
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.advance(SignedDuration::from_secs(1)).await
    }
}
