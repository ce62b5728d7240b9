//! How often something may be asked, as answers tell it: `RateLimit-Policy` and `RateLimit` (IETF draft
//! `draft-ietf-httpapi-ratelimit-headers`), and `Retry-After` where it was asked often enough.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tenancy::gateway::RateState;
use tenancy::{GatewayContext, Outcome, Refusal};

use crate::problem::{Problem, ProblemType};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// Describes the headers of a refusal.
pub(crate) fn headers() -> Value {
    let text =
        |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "Retry-After": {
            "description": "After how many seconds it may be tried again; without it, only more quota helps.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "RateLimit-Policy": text("The limits under which the request was counted."),
        "RateLimit": text("How many more requests there may be under each of them, and when it begins anew."),
    })
}

/// Refuses what was asked often enough, whatever it is: also what needs no credential.
pub(crate) fn admit(gateway: &GatewayContext) -> Result<(), Problem> {
    if gateway.outcome != Outcome::Refused(Refusal::RateLimited) {
        return Ok(());
    }
    let is_used_up = |state: &&RateState| state.remaining == 0;
    let rests = gateway
        .rates
        .iter()
        .filter(is_used_up)
        .map(|state| state.reset_s);
    // A period that ends now is over in a second.
    let rest = rests.max().unwrap_or(0).max(1);
    Err(Problem::new(ProblemType::RateLimited).retry_after(rest))
}

/// Tells whoever asks which limits there are, and how much is left of them.
pub(crate) fn tell(rates: &[RateState], headers: &mut HeaderMap) {
    if rates.is_empty() {
        return;
    }
    let name = |state: &RateState| format!("\"{}-{}\"", state.name, state.limit.per.name());
    let policy = |state: &RateState| {
        let (quota, window) = (state.limit.requests, state.limit.per.seconds());
        format!("{};q={quota};w={window}", name(state))
    };
    let left =
        |state: &RateState| format!("{};r={};t={}", name(state), state.remaining, state.reset_s);
    for (header, text) in [
        (
            POLICY,
            rates.iter().map(policy).collect::<Vec<_>>().join(", "),
        ),
        (STATE, rates.iter().map(left).collect::<Vec<_>>().join(", ")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(header, value);
        }
    }
}
