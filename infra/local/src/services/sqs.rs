//! SQS: standard queues with delay, visibility, redrive and message groups. It must never know
//! what a message says.
//!
//! Limits: as on AWS, 10 messages a batch, 1 MiB a message and a batch, 15 minutes of delay, 12
//! hours of visibility, 14 days of retention. Receiving never waits (`WaitTimeSeconds` is read
//! and ignored), the number of messages in flight is not limited, queues are made by the
//! platform alone, FIFO queues are not known. Groups share a queue fairly: the messages of the
//! groups with the fewest in flight come first.

mod checksum;
mod message;
mod spec;
mod store;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::watch;

pub use message::QueueMessage;
pub use spec::{QueueSpec, Redrive};

use crate::services::protocol::json;
use crate::services::protocol::random_id;
use crate::services::protocol::text::from_milliseconds;
use crate::services::sqs::store::{Changed, Receipt, Sent};
use crate::services::state::State;
use crate::services::{Identity, ServicesError};

/// Messages that a batch may hold.
const BATCH_MAX: usize = 10;

/// The queues.
#[derive(Debug)]
pub struct Queues {
    identity: Arc<Identity>,
    state: State,
    changed: watch::Sender<u64>,
}

impl Queues {
    pub(crate) fn new(identity: &Arc<Identity>, state: &State) -> Self {
        Self {
            identity: Arc::clone(identity),
            state: state.clone(),
            changed: watch::Sender::new(0),
        }
    }

    /// Makes the queue, or gives an existing one these attributes. A dead-letter queue comes
    /// before the queues that send to it.
    pub async fn ensure(&self, spec: QueueSpec) -> Result<(), ServicesError> {
        spec.check()?;
        let now = self.now_ms();
        self.state
            .transact(move |connection| store::ensure(connection, &spec, now))
            .await
    }

    /// Returns the URL of the queue `name`.
    pub fn url(&self, name: &str) -> String {
        let Identity {
            region, account, ..
        } = &*self.identity;
        format!("https://sqs.{region}.amazonaws.com/{account}/{name}")
    }

    /// Returns the ARN of the queue `name`.
    pub fn arn(&self, name: &str) -> String {
        let Identity {
            region, account, ..
        } = &*self.identity;
        format!("arn:aws:sqs:{region}:{account}:{name}")
    }

    /// Sends a message as the platform itself, such as a failed batch's to its destination, and
    /// returns its id.
    pub async fn send(&self, queue: &str, body: &str) -> Result<String, ServicesError> {
        let message_id = random_id(&*self.identity.entropy);
        let message = Sent {
            message_id: message_id.clone(),
            body: body.to_owned(),
            attributes: Value::Object(Map::new()),
            group_id: String::new(),
            delay_seconds: None,
        };
        self.accept(queue.to_owned(), vec![message]).await?;
        Ok(message_id)
    }

    /// Receives at most `max` (10 at most) messages, hidden for `visibility_seconds` or as long
    /// as the queue says. Messages received too often move to the dead-letter queue instead.
    pub async fn receive(
        &self,
        queue: &str,
        max: u32,
        visibility_seconds: Option<u32>,
    ) -> Result<Vec<QueueMessage>, ServicesError> {
        let max = usize::try_from(max).unwrap_or(BATCH_MAX).min(BATCH_MAX);
        let (name, arn, now) = (queue.to_owned(), self.arn(queue), self.now_ms());
        let received = self
            .state
            .transact(move |connection| {
                let spec = store::spec(connection, &name)?;
                let moved = store::redrive(connection, &spec, &arn, now)?;
                let messages = store::receive(connection, &spec, max, visibility_seconds, now)?;
                Ok((moved, messages))
            })
            .await?;
        let (moved, messages) = received;
        if moved > 0 {
            self.moved();
        }
        Ok(messages)
    }

    /// Deletes a received message. A receipt that a later one has overtaken deletes nothing.
    pub async fn delete(&self, queue: &str, receipt_handle: &str) -> Result<(), ServicesError> {
        let receipt = receipt(queue, receipt_handle)?;
        self.state
            .transact(move |connection| store::delete(connection, &receipt))
            .await
    }

    /// Hides a received message for `seconds` from now.
    pub async fn change_visibility(
        &self,
        queue: &str,
        receipt_handle: &str,
        seconds: u32,
    ) -> Result<(), ServicesError> {
        let receipt = receipt(queue, receipt_handle)?;
        self.hide(receipt, seconds).await?;
        Ok(())
    }

    /// Returns the earliest instant at which a message is, or was, to be received.
    pub async fn next_due(&self, queue: &str) -> Result<Option<Timestamp>, ServicesError> {
        let (queue, now) = (queue.to_owned(), self.now_ms());
        let due = self
            .state
            .transact(move |connection| store::next_due(connection, &queue, now))
            .await?;
        Ok(due.map(from_milliseconds))
    }

    /// Returns the messages of a queue, hidden ones too, oldest first, 10,000 at most, and leaves
    /// them as they are.
    pub async fn list(&self, queue: &str) -> Result<Vec<QueueMessage>, ServicesError> {
        let (queue, now) = (queue.to_owned(), self.now_ms());
        self.state
            .transact(move |connection| store::list(connection, &queue, now))
            .await
    }

    /// Returns the names of the queues.
    pub async fn names(&self) -> Result<Vec<String>, ServicesError> {
        self.state.transact(store::names).await
    }

    /// Returns a watch that moves when a message came or became visible by a call.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) async fn call(&self, operation: &str, body: &Bytes) -> Response<Bytes> {
        json::respond(wire::call(self, operation, body).await)
    }

    async fn accept(
        &self,
        queue: String,
        messages: Vec<Sent>,
    ) -> Result<Vec<Value>, ServicesError> {
        let now = self.now_ms();
        let sent = self
            .state
            .transact(move |connection| store::send(connection, &queue, messages, now))
            .await?;
        self.moved();
        Ok(sent)
    }

    async fn hide(&self, receipt: Receipt, seconds: u32) -> Result<Changed, ServicesError> {
        let now = self.now_ms();
        let changed = self
            .state
            .transact(move |connection| store::hide(connection, &receipt, seconds, now))
            .await?;
        self.moved();
        Ok(changed)
    }

    fn moved(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn now_ms(&self) -> i64 {
        self.identity.clock.now().as_millisecond()
    }
}

fn receipt(queue: &str, handle: &str) -> Result<Receipt, ServicesError> {
    Receipt::read(handle)
        .filter(|receipt| receipt.queue == queue)
        .ok_or_else(|| ServicesError::Invalid("the receipt handle is not valid".to_owned()))
}
