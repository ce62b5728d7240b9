//! What must come of a request, and what holds of every answer.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::client::Answer;
use web::ProblemType;

/// Bytes of any refusal, at most: none is a second document, and none gives back what was sent.
const REFUSAL_BYTES_MAX: usize = 8_192;

/// Where the documentation of problems is.
const PROBLEMS: &str = "http://localhost:3000/api/v1/problems/";

/// What is hidden in what is sent, and must not come back.
pub(crate) const CANARY: &str = "c4n4ry";

/// What must come of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It is refused in one of these ways.
    Refused(Vec<(u16, &'static str)>),
    /// It is refused because of what stands exactly here.
    At(String),
    /// It is refused because of what stands here or further inside.
    Under(String),
    /// It is refused because of what stands here; or, where somebody shows who they are, because
    /// they are not.
    AtOrUnknown(String),
    /// The gateway refuses it before a function is asked.
    Gateway(u16),
    /// There is no such place, or another one that takes no such request: the gateway may say so, or
    /// a function.
    Nowhere,
    /// It may be taken or refused, in a documented way.
    Free,
}

impl Expected {
    /// Expects one way to be refused.
    pub(crate) fn refused(status: u16, problem: &'static str) -> Self {
        Self::Refused(vec![(status, problem)])
    }

    /// Expects that the body cannot be read at all.
    pub(crate) fn malformed() -> Self {
        Self::refused(400, "malformed_request")
    }
}

/// Judges an answer.
#[track_caller]
pub(crate) fn judge(why: &str, answer: &Answer, expected: &Expected) {
    let told = || format!("{why}: {} {}", answer.status, start(&answer.text()));
    assert!(answer.status.as_u16() < 500, "{}", told());
    let is_refused = answer.status.as_u16() >= 400;
    if is_refused {
        assert!(answer.bytes.len() <= REFUSAL_BYTES_MAX, "{}", told());
        if is_of_gateway(answer) {
            check_gateway(answer, &told());
        } else {
            check_problem(answer, &told());
        }
    }
    let (status, problem) = (answer.status.as_u16(), answer.problem());
    let found = pointers(answer);
    let is_invalid = problem == "validation_failed";
    let is_expected = match expected {
        Expected::Refused(ways) => ways.contains(&(status, &*problem)),
        Expected::At(place) => is_invalid && found.contains(place),
        Expected::Under(place) => is_invalid && found.iter().any(|it| it.starts_with(place)),
        Expected::AtOrUnknown(place) => {
            // Who has no authenticator has nothing to confirm, renew or disable, whatever is sent.
            let unknown = ["invalid_credentials", "link_expired"];
            let is_unknown =
                unknown.contains(&&*problem) || problem == "conflict" && why.contains("/auth/mfa/");
            is_unknown || is_invalid && found.contains(place)
        }
        Expected::Gateway(expected) => is_of_gateway(answer) && status == *expected,
        Expected::Nowhere => [404, 405].contains(&status),
        Expected::Free => true,
    };
    assert!(is_expected, "{expected:?} is expected; {}", told());
}

fn is_of_gateway(answer: &Answer) -> bool {
    answer.header("x-request-id").is_empty()
}

/// What the gateway itself refuses is as the documentation of the API has it.
#[track_caller]
fn check_gateway(answer: &Answer, told: &str) {
    let status = answer.status.as_u16();
    assert!([404, 413, 429, 431].contains(&status), "{told}");
    let body = answer.json();
    let members = body.as_object().expect(told);
    assert!(members.keys().eq(["message"]), "{told}");
}

/// A refusal is a problem document of a type that is documented, and as its type is.
#[track_caller]
fn check_problem(answer: &Answer, told: &str) {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{told}"
    );
    assert_eq!(answer.header("cache-control"), "no-store", "{told}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{told}");
    let slug = answer.problem();
    let kind = ProblemType::ALL
        .iter()
        .find(|it| it.slug() == slug)
        .expect(told);
    let body: Value = serde_json::from_slice(&answer.bytes).expect(told);
    assert_eq!(body["type"], format!("{PROBLEMS}{slug}"), "{told}");
    assert_eq!(body["status"], answer.status.as_u16(), "{told}");
    assert_eq!(answer.status, kind.status(), "{told}");
    assert_eq!(body["title"], kind.title(), "{told}");
    assert_eq!(body["instance"], answer.header("x-request-id"), "{told}");
    let is_invalid = *kind == ProblemType::ValidationFailed;
    assert_eq!(body.get("errors").is_some(), is_invalid, "{told}");
    let known = [
        "type",
        "title",
        "status",
        "instance",
        "detail",
        "errors",
        "tenants",
        "conflicts",
    ];
    let members: BTreeSet<&str> = body
        .as_object()
        .expect(told)
        .keys()
        .map(|it| &**it)
        .collect();
    assert!(members.iter().all(|it| known.contains(it)), "{told}");
    for error in body["errors"].as_array().into_iter().flatten() {
        let detail = error["detail"].as_str().expect(told);
        assert!(!detail.is_empty() && !detail.contains(CANARY), "{told}");
        let pointer = error["pointer"].as_str().expect(told);
        let is_place = ["", "/", "query:", "header:"].iter().any(|it| match *it {
            "" => pointer.is_empty(),
            start => pointer.starts_with(start),
        });
        assert!(is_place, "{told}");
    }
    let detail = body["detail"].as_str().unwrap_or_default();
    assert!(!detail.contains(CANARY), "{told}");
    if answer.status == 401 {
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{told}");
    }
}

/// Returns where in a request what is wrong is.
fn pointers(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    let pointers = errors.iter().filter_map(|it| it["pointer"].as_str());
    pointers.map(str::to_owned).collect()
}

/// Returns as much of a text as a person wants to read.
fn start(text: &str) -> String {
    text.chars().take(600).collect()
}

/// Returns what a caller can see of an answer, but for what is each answer's own.
pub(crate) fn visible(answer: &Answer) -> (u16, Vec<String>, String) {
    let id = answer.header("x-request-id").to_owned();
    let headers = answer.headers.iter();
    let headers =
        headers.filter(|(name, _)| !["x-request-id", "ratelimit"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| format!("{name}: {value:?}"));
    // Cursors are sealed anew each time.
    let mut body = answer.json();
    if let Some(members) = body.as_object_mut() {
        members.remove("nextCursor");
    }
    (
        answer.status.as_u16(),
        headers.collect(),
        body.to_string().replace(&id, "<id>"),
    )
}
