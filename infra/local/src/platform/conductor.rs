//! The conductor: brings everything that is due to the function it is for: records of streams,
//! messages of queues, and the time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::platform::failures;
use crate::platform::pool::Pools;
use crate::platform::rules::Rule;
use crate::platform::streams::Stream;
use crate::services::Services;
use crate::template::{QueueSource, ScheduleSource, Source, Template};

/// The longest that the conductor waits for news before it looks for itself.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Steps of one settling, at most: more means that something goes round in circles.
const STEPS_MAX: usize = 100_000;

/// Events of the bus that are kept for a person to look at.
const BUS_EVENTS_KEPT: i64 = 1_000;

/// Delivers what is due.
#[derive(Debug)]
pub(super) struct Conductor {
    streams: Vec<Stream>,
    queues: Vec<(String, QueueSource)>,
    schedules: Vec<(String, ScheduleSource)>,
    rules: Vec<Rule>,
    pools: Arc<Pools>,
    services: Arc<Services>,
    /// One conductor at a time: streams are delivered in order.
    turn: Mutex<()>,
}

impl Conductor {
    pub(super) fn new(template: &Template, pools: Arc<Pools>, services: Arc<Services>) -> Self {
        let mut conductor = Self {
            streams: Vec::new(),
            queues: Vec::new(),
            schedules: Vec::new(),
            rules: Vec::new(),
            pools,
            services,
            turn: Mutex::default(),
        };
        for function in &template.functions {
            for source in &function.sources {
                let name = function.name.clone();
                match source {
                    Source::Http(_) => {}
                    Source::Queue(queue) => conductor.queues.push((name, queue.clone())),
                    Source::Schedule(schedule) => {
                        conductor.schedules.push((name, schedule.clone()));
                    }
                    Source::Stream(stream) => {
                        conductor.streams.push(Stream::new(&name, stream));
                    }
                    Source::Rule(rule) => conductor.rules.push(Rule::new(function, rule)),
                }
            }
        }
        conductor
    }

    /// Delivers until nothing is due.
    pub(super) async fn settle(&self) -> anyhow::Result<()> {
        for _ in 0..STEPS_MAX {
            if !self.step().await? {
                return Ok(());
            }
        }
        anyhow::bail!("after {STEPS_MAX} deliveries there is still something due")
    }

    /// Delivers for ever: whenever something was written or sent, and when its time has come.
    pub(super) async fn conduct(&self) -> anyhow::Result<()> {
        let mut written = self.services.table().changed();
        let mut sent = self.services.queues().changed();
        let mut put = self.services.bus().changed();
        loop {
            if let Err(error) = self.settle().await {
                tracing::error!(error = ?error, "the conductor stumbled");
            }
            tokio::select! {
                _ = written.changed() => {}
                _ = sent.changed() => {}
                _ = put.changed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Returns the next instant at which something falls due that is not due now.
    pub(super) async fn next_due(&self) -> anyhow::Result<Option<Timestamp>> {
        let mut due: Vec<Timestamp> = self.streams.iter().filter_map(Stream::next_due).collect();
        due.extend(self.rules.iter().filter_map(Rule::next_due));
        for (_, queue) in &self.queues {
            due.extend(self.services.queues().next_due(&queue.queue).await?);
        }
        for (_, schedule) in &self.schedules {
            let minute = self.last_minute(schedule).await?.unwrap_or(0);
            let next = minute.saturating_add(i64::from(schedule.minutes));
            due.extend(Timestamp::from_second(next.saturating_mul(60)).ok());
        }
        let now = self.pools.clock().now();
        Ok(due.into_iter().filter(|due| *due > now).min())
    }

    async fn step(&self) -> anyhow::Result<bool> {
        let _turn = self.turn.lock().await;
        let mut moved = false;
        for stream in &self.streams {
            if stream.step(&self.pools, &self.services).await? {
                moved = true;
                self.trim(stream.table()).await?;
            }
        }
        for (function, queue) in &self.queues {
            moved |= self.deliver(function, queue).await?;
        }
        for rule in &self.rules {
            moved |= rule.step(&self.pools, &self.services).await?;
        }
        for (function, schedule) in &self.schedules {
            moved |= self.tick(function, schedule).await?;
        }
        Ok(moved)
    }

    /// Forgets the records of a table's stream that all who follow it are through with.
    async fn trim(&self, table: &str) -> anyhow::Result<()> {
        let mut reached = Vec::new();
        for stream in self.streams.iter().filter(|stream| stream.table() == table) {
            let Some(position) = self.services.position(&stream.position()).await? else {
                return Ok(());
            };
            reached.push(position);
        }
        if let Some(first) = reached.iter().min() {
            self.services.table().trim_stream(table, first).await?;
        }
        Ok(())
    }

    /// Delivers one batch of a queue. What failed stays until its visibility timeout is over.
    async fn deliver(&self, function: &str, source: &QueueSource) -> anyhow::Result<bool> {
        let queues = self.services.queues();
        let messages = queues
            .receive(&source.queue, source.batch_size, None)
            .await?;
        if messages.is_empty() {
            return Ok(false);
        }
        let arn = queues.arn(&source.queue);
        let region = self.services.region();
        let records: Vec<Value> = messages
            .iter()
            .map(|message| message.to_event_record(&arn, region))
            .collect();
        let answer = self
            .pools
            .invoke(function, json!({ "Records": records }))
            .await;
        let failed = match answer {
            Ok(answer) if source.reports_failures => {
                let ids = messages.iter().map(|message| message.message_id.clone());
                failures::failed(&answer, &ids.collect())
            }
            Ok(_) => Some(BTreeSet::new()),
            Err(error) => {
                tracing::warn!(function, error = %error, "a batch failed");
                None
            }
        };
        // An answer of the wrong form means that nothing was dealt with.
        let Some(failed) = failed else {
            return Ok(true);
        };
        for message in messages
            .iter()
            .filter(|message| !failed.contains(&message.message_id))
        {
            queues
                .delete(&source.queue, &message.receipt_handle)
                .await?;
        }
        Ok(true)
    }

    async fn tick(&self, function: &str, schedule: &ScheduleSource) -> anyhow::Result<bool> {
        let this_minute = self.pools.clock().now().as_second().div_euclid(60);
        let is_due = self
            .last_minute(schedule)
            .await?
            .is_none_or(|last| this_minute >= last.saturating_add(i64::from(schedule.minutes)));
        if !is_due {
            return Ok(false);
        }
        self.services.table().sweep_expired().await?;
        self.trim_bus().await?;
        if let Err(error) = self.pools.invoke(function, schedule.input.clone()).await {
            tracing::warn!(function, error = %error, "a scheduled invocation failed");
        }
        // Only now: what a dying process began comes again.
        self.services
            .set_position(&position(schedule), &this_minute.to_string())
            .await?;
        Ok(true)
    }

    /// Forgets the events that every rule is done with, but for the last ones.
    async fn trim_bus(&self) -> anyhow::Result<()> {
        let mut done = self.services.bus().last().await?;
        for rule in &self.rules {
            done = done.min(rule.position(&self.services).await?);
        }
        self.services.bus().trim(done - BUS_EVENTS_KEPT).await?;
        Ok(())
    }

    async fn last_minute(&self, schedule: &ScheduleSource) -> anyhow::Result<Option<i64>> {
        let text = self.services.position(&position(schedule)).await?;
        Ok(text.and_then(|text| text.parse().ok()))
    }
}

fn position(schedule: &ScheduleSource) -> String {
    format!("schedule/{}", schedule.name)
}
