//! Which status may follow which by a tenant's own will.

use jiff::Timestamp;
use tenancy::records::WebsiteStatus;

/// What a wish for a status comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transition {
    /// Nothing: the status stays.
    Stay,
    /// Visitors are let in, or asked to come back later.
    Become(WebsiteStatus),
    /// The website is brought back.
    Restore,
}

/// There is no way from the present status to the one that is wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a website that is {from:?} cannot become {to:?}")]
pub(crate) struct IllegalTransition {
    /// The present status.
    pub(crate) from: WebsiteStatus,
    /// The status that was wished for.
    pub(crate) to: WebsiteStatus,
}

/// Decides about a wish; without one, the status stays. What the platform closed stays closed, and
/// what is still being made becomes active by itself.
pub(crate) fn transition(
    from: WebsiteStatus,
    wish: Option<WebsiteStatus>,
) -> Result<Transition, IllegalTransition> {
    use WebsiteStatus::{Active, Deleted, Maintenance};
    let Some(to) = wish.filter(|to| *to != from) else {
        return Ok(Transition::Stay);
    };
    match (from, to) {
        (Active, Maintenance) | (Maintenance, Active) => Ok(Transition::Become(to)),
        (Deleted, Active) => Ok(Transition::Restore),
        (from, to) => Err(IllegalTransition { from, to }),
    }
}

/// Returns whether a deleted website can no longer be brought back.
pub(crate) fn is_gone(status: WebsiteStatus, purge_at: Option<Timestamp>, now: Timestamp) -> bool {
    status == WebsiteStatus::Deleted && purge_at.is_some_and(|purge_at| purge_at <= now)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use tenancy::records::WebsiteStatus::{
        self, Active, Deleted, Maintenance, Provisioning, Suspended,
    };

    use super::{Transition, is_gone, transition};

    const ALL: [WebsiteStatus; 5] = [Provisioning, Active, Suspended, Maintenance, Deleted];

    #[test]
    fn every_wish_is_decided() {
        for from in ALL {
            assert_eq!(transition(from, None), Ok(Transition::Stay));
            for to in ALL {
                let expected = match (from, to) {
                    _ if from == to => Some(Transition::Stay),
                    (Active, Maintenance) => Some(Transition::Become(Maintenance)),
                    (Maintenance, Active) => Some(Transition::Become(Active)),
                    (Deleted, Active) => Some(Transition::Restore),
                    _ => None,
                };
                assert_eq!(
                    transition(from, Some(to)).ok(),
                    expected,
                    "{from:?} to {to:?}"
                );
            }
        }
    }

    #[test]
    fn a_deleted_website_is_gone_when_its_time_is_over() {
        let now = Timestamp::UNIX_EPOCH;
        let later = now.saturating_add(SignedDuration::from_secs(1)).unwrap();
        assert!(is_gone(Deleted, Some(now), now));
        assert!(!is_gone(Deleted, Some(later), now));
        assert!(!is_gone(Deleted, None, now));
        assert!(!is_gone(Active, Some(now), now));
    }
}
