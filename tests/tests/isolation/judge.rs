//! What comes of a request, as whoever made it sees it.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

/// Headers that are others for each request: its id, when it was made, and how many more there may be.
const OF_THE_REQUEST: [&str; 3] = ["x-request-id", "date", "ratelimit"];

/// What somebody sees of an answer, but for what is each answer's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    headers: Vec<String>,
    body: String,
}

impl Seen {
    /// Reads an answer to a request in which `id` stood.
    pub(crate) fn of(response: &Response<Bytes>, id: &str) -> Self {
        let text = |name: &str| response.headers().get(name).and_then(|it| it.to_str().ok());
        let request_id = text("x-request-id").unwrap_or("none").to_owned();
        let masked = |text: &str| text.replace(&request_id, "<request>").replace(id, "<id>");
        let headers = response.headers().iter();
        let headers = headers.filter(|(name, _)| !OF_THE_REQUEST.contains(&name.as_str()));
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            // An id may be longer than another one.
            let is_length = name == "content-length";
            let value = if is_length {
                String::new()
            } else {
                masked(&value)
            };
            format!("{name}: {value}")
        });
        let mut body = String::from_utf8_lossy(response.body()).into_owned();
        if let Ok(Value::Object(mut members)) = serde_json::from_str(&body) {
            // Cursors are sealed anew each time.
            members.remove("nextCursor");
            body = Value::Object(members).to_string();
        }
        Self {
            status: response.status(),
            headers: headers.collect(),
            body: masked(&body),
        }
    }

    /// Returns whether nothing tells this answer from another one. Where something was `done`, what comes of it is another
    /// thing each time.
    pub(crate) fn is_like(&self, other: &Self, is_done: bool) -> bool {
        if is_done && self.status.is_success() {
            return self.status == other.status;
        }
        self == other
    }

    /// Says it in short.
    pub(crate) fn short(&self) -> String {
        let body: String = self.body.chars().take(300).collect();
        format!("{} {body}", self.status)
    }
}

/// Returns everything that an answer says, as one text.
pub(crate) fn whole(response: &Response<Bytes>) -> String {
    let mut text = String::new();
    for (name, value) in response.headers() {
        text.push_str(name.as_str());
        text.push_str(&String::from_utf8_lossy(value.as_bytes()));
    }
    text.push_str(&String::from_utf8_lossy(response.body()));
    text
}
