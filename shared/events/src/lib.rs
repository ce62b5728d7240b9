//! What happens on the platform: the envelope, every event type, and who consumes which. It must
//! never know how events are stored or sent.

mod event;
mod routing;

pub use event::{CacheTag, Event};
pub use routing::{Consumer, Delivery};

use jiff::Timestamp;
use kernel::{EventId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An event with what every event has: what a message on a queue carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// The event's id; stays the same however often the event is sent.
    pub id: EventId,
    /// The tenant in whose partition the event happened.
    pub tenant_id: TenantId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The request that made it happen, for the logs.
    pub request_id: String,
    /// What happened.
    pub event: Event,
}

impl Envelope {
    /// Returns the event as others see it on the bus: `CloudEvents` 1.0 in its JSON form.
    pub fn to_cloud_event(&self) -> Value {
        let (kind, data) = self.event.kind_and_data();
        json!({
            "specversion": "1.0",
            "id": self.id,
            "source": "hotswap",
            "type": format!("hotswap.{kind}"),
            "time": self.occurred_at,
            "subject": self.tenant_id,
            "datacontenttype": "application/json",
            "data": data,
        })
    }
}
