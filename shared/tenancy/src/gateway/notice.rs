//! What the authorizer notices about credentials, and whoever answers writes down.

use kernel::{ApiKeyId, TenantId};

/// What was noticed about a credential of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// An API key came with another secret than its own.
    Misused(TenantId, ApiKeyId),
    /// So many requests were more than there may be.
    Refused(TenantId, u64),
    /// So many bytes were answered with.
    Answered(TenantId, u64),
}

impl Notice {
    const MISUSED: &str = "misused";
    const REFUSED: &str = "refused";
    const ANSWERED: &str = "answered";

    pub(super) fn to_text(self) -> String {
        match self {
            Self::Misused(tenant, key) => format!("{} {tenant} {key}", Self::MISUSED),
            Self::Refused(tenant, requests) => format!("{} {tenant} {requests}", Self::REFUSED),
            Self::Answered(tenant, bytes) => format!("{} {tenant} {bytes}", Self::ANSWERED),
        }
    }

    pub(super) fn of_text(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(' ')?;
        let (tenant, what) = rest.split_once(' ')?;
        let tenant = tenant.parse().ok()?;
        match kind {
            Self::MISUSED => Some(Self::Misused(tenant, what.parse().ok()?)),
            Self::REFUSED => Some(Self::Refused(tenant, what.parse().ok()?)),
            Self::ANSWERED => Some(Self::Answered(tenant, what.parse().ok()?)),
            _ => None,
        }
    }
}
