//! From sign-up to the first published byte, with the time and the calls of each phase.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use kernel::Clock;
use local::history::{History, Mark};

use crate::client::Client;
use crate::walkthrough::{Owner, make_page, make_website, publish, register, sign_in, visit_fresh};

/// The phases, each with the time that it may take at the 95th percentile, from its beginning. The
/// last one is all of it, from the sign-up on.
pub const PHASES: [(&str, SignedDuration); 3] = [
    ("registration", SignedDuration::from_secs(60)),
    ("website", SignedDuration::from_secs(30)),
    ("signUpToFirstByte", SignedDuration::from_mins(5)),
];

/// How long one tenant waited, by phase.
pub type Times = [SignedDuration; PHASES.len()];

/// Onboards one tenant as a customer does: registers, makes a website, publishes its page `hello`,
/// and reads it.
pub async fn onboard(
    client: &Client<'_>,
    owner: &Owner,
    clock: &dyn Clock,
) -> anyhow::Result<Times> {
    let begun = clock.now();
    register(client, owner).await?;
    let registered = clock.now();
    let token = sign_in(client, owner).await?.access;
    let asked = clock.now();
    let website = make_website(client, &token, "main").await?;
    let made = clock.now();
    let page = make_page(client, &token, &website, "hello", "Hello.").await?;
    publish(client, &token, &page).await?;
    let host = format!("main.{}.localhost", owner.subdomain);
    visit_fresh(client, &host, "/hello", StatusCode::OK).await?;
    let took = |from: Timestamp, to: Timestamp| to.duration_since(from);
    Ok([
        took(begun, registered),
        took(asked, made),
        took(begun, clock.now()),
    ])
}

/// Returns the value that `percent` of the samples do not exceed (nearest rank), zero of none.
pub fn percentile(samples: &[SignedDuration], percent: usize) -> SignedDuration {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

/// What the functions did since a mark: calls to services, and units of what they wrote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// Calls.
    pub calls: u64,
    /// Write units of the table.
    pub write_units: f64,
    /// Messages sent, in calls.
    pub sends: u64,
}

/// Counts what was done since `mark`.
pub fn steps(history: &History, mark: Mark) -> Steps {
    let mut steps = Steps {
        calls: 0,
        write_units: 0.0,
        sends: 0,
    };
    for ((_, operation), totals) in history.totals(mark) {
        steps.calls += totals.calls;
        steps.write_units += totals.write_units;
        if operation == "SendMessageBatch" {
            steps.sends += totals.calls;
        }
    }
    steps
}
