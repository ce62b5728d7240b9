//! Who consumes which event: the one routing table, followed by the relay.

use kernel::limits::{PURGE_FIRST_DELAY_S, PURGE_SECOND_DELAY_S};

use crate::event::Event;

/// A function of ours that consumes events from its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consumer {
    /// Makes tenants and websites.
    Provisioning,
    /// Purges the content delivery network.
    Edge,
    /// Sends mail to people.
    Notifications,
}

impl Consumer {
    /// Every consumer.
    pub const ALL: [Self; 3] = [Self::Provisioning, Self::Edge, Self::Notifications];

    /// Returns the consumer's name, which is its function's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Edge => "edge",
            Self::Notifications => "notifications",
        }
    }

    /// Returns the variable that holds the URL of the consumer's queue.
    pub fn queue_variable(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING_QUEUE_URL",
            Self::Edge => "EDGE_QUEUE_URL",
            Self::Notifications => "NOTIFICATIONS_QUEUE_URL",
        }
    }
}

/// One message that an event becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// Whose queue it goes to.
    pub consumer: Consumer,
    /// How long it stays there before it can be received, in seconds.
    pub delay_s: u32,
}

/// A purge leaves after the pointer's cache has run out everywhere, and once more for whatever an
/// environment that was slow put back.
const PURGE: &[Delivery] = &[
    Delivery {
        consumer: Consumer::Edge,
        delay_s: PURGE_FIRST_DELAY_S,
    },
    Delivery {
        consumer: Consumer::Edge,
        delay_s: PURGE_SECOND_DELAY_S,
    },
];

const PROVISION: &[Delivery] = &[Delivery {
    consumer: Consumer::Provisioning,
    delay_s: 0,
}];

const NOTIFY: &[Delivery] = &[Delivery {
    consumer: Consumer::Notifications,
    delay_s: 0,
}];

impl Event {
    /// Returns the messages that the event becomes on our own queues.
    pub fn deliveries(&self) -> &'static [Delivery] {
        match self {
            Self::TenantRegistered { .. } | Self::WebsiteRequested { .. } => PROVISION,
            Self::TenantStatusChanged { .. }
            | Self::WebsiteUpdated { .. }
            | Self::WebsiteDeleted { .. }
            | Self::WebsiteProvisioned { .. }
            | Self::ReleaseActivated { .. } => PURGE,
            Self::MemberInvited { .. }
            | Self::SuspensionNotified { .. }
            | Self::VerificationRequested { .. }
            | Self::PasswordResetRequested { .. } => NOTIFY,
            Self::TenantProvisioned { .. }
            | Self::SuspensionAppealed { .. }
            | Self::TenantUpdated {}
            | Self::MembershipBegan { .. }
            | Self::MembershipChanged { .. }
            | Self::MembershipEnded { .. }
            | Self::RolesChanged {}
            | Self::ApiKeyCreated { .. }
            | Self::ApiKeyChanged { .. }
            | Self::ApiKeyDeleted { .. }
            | Self::PageCreated { .. }
            | Self::PageUpdated { .. }
            | Self::PageDeleted { .. }
            | Self::CrossTenantAttempted { .. }
            | Self::AccessDenied { .. }
            | Self::TrailBroken { .. }
            | Self::TrailRead { .. } => &[],
        }
    }
}
