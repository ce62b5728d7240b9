//! Which saga a message is for.

use std::sync::Arc;

use events::Event;
use kernel::SiteAddresses;
use kernel::limits::RECEIVES_MAX;
use queue::{Message, Outcome};
use tenancy::TenantContext;
use tenancy::permission::Provision;

use crate::saga;
use crate::tenant::TenantSaga;
use crate::website::WebsiteSaga;

/// Deals with one message.
pub(crate) async fn handle(
    context: TenantContext,
    message: Message,
    addresses: Arc<SiteAddresses>,
) -> Outcome {
    let Ok(permit) = context.permit::<Provision>() else {
        return Outcome::Poison("only the platform itself provisions".to_owned());
    };
    let patience = Patience::of(&message);
    let event = message.envelope.event;
    if let Event::TenantRegistered { operation_id } = event {
        let saga = TenantSaga::new(permit, operation_id);
        saga::run(&saga, patience).await
    } else if let Event::WebsiteRequested {
        website_id,
        operation_id,
    } = event
    {
        let saga = WebsiteSaga::new(permit, operation_id, website_id, addresses);
        saga::run(&saga, patience).await
    } else {
        Outcome::Poison(format!("nothing is provisioned on `{}`", event.kind()))
    }
}

/// What to do about a step that storage keeps from happening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Wait for the message to come again.
    Left,
    /// Give up: the message comes at most once more, and that is kept for taking back what was
    /// done.
    Spent,
}

impl Patience {
    fn of(message: &Message) -> Self {
        if message.receives.saturating_add(1) >= RECEIVES_MAX {
            Self::Spent
        } else {
            Self::Left
        }
    }
}
