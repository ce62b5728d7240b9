//! What handlers answer: the status is the type.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::etag;
use crate::openapi::OperationDoc;

type Answer = Response<axum::body::Body>;

/// An answer.
pub trait Reply: Send {
    /// Makes the response.
    fn into_response(self) -> Answer;

    /// Says in the API's description what the answer is.
    fn describe(operation: &mut OperationDoc);
}

/// `200` with a body.
#[derive(Debug)]
pub struct Found<V>(pub V);

/// `200` with a body that is the same for everybody and may be kept for a while.
#[derive(Debug)]
pub struct Public<V> {
    /// How long it may be kept, in seconds.
    pub life_s: u32,
    /// The body.
    pub view: V,
}

/// `200` with the body of a versioned resource and its `ETag`.
#[derive(Debug)]
pub struct Tagged<V> {
    /// The resource's version.
    pub version: u64,
    /// The body.
    pub view: V,
}

/// `201` with the body and address of what was made.
#[derive(Debug)]
pub struct Created<V> {
    /// The resource's address.
    pub location: String,
    /// The resource's version.
    pub version: u64,
    /// The body.
    pub view: V,
}

/// `202` with the address of the operation that does the rest.
#[derive(Debug)]
pub struct Accepted<V> {
    /// The operation's address.
    pub location: String,
    /// The body.
    pub view: V,
}

/// The answer to a request that may have been made before under its idempotency key: a repeated one
/// says so in a header.
#[derive(Debug)]
pub struct Repeatable<A> {
    answer: A,
    is_replayed: bool,
}

/// Says that an answer repeats that to an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

impl<A> Repeatable<A> {
    /// Answers a request that took effect.
    pub fn first(answer: A) -> Self {
        Self {
            answer,
            is_replayed: false,
        }
    }

    /// Answers a request that had taken effect before.
    pub fn again(answer: A) -> Self {
        Self {
            answer,
            is_replayed: true,
        }
    }

    /// Returns the answer alone, to whoever has sent no idempotency key.
    pub fn into_answer(self) -> A {
        self.answer
    }
}

/// `204`.
#[derive(Debug)]
pub struct NoContent;

/// `200` with a page of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed<V> {
    /// The items, in order.
    pub items: Vec<V>,
    /// Names the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// One of two answers, where the status depends on how far something got.
#[derive(Debug)]
pub enum Either<A, B> {
    /// The one.
    Left(A),
    /// The other.
    Right(B),
}

/// `200` with a file to keep.
#[derive(Debug)]
pub struct File {
    /// Its name: letters, digits, `.`, `-` and `_`.
    pub name: String,
    /// Of what kind it is.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where the next one is, if this is not all of it: a reference relative to this one.
    pub next: Option<String>,
}

/// `200` with a page for people.
#[derive(Debug)]
pub struct Html(pub String);

/// A ready response, for what no other type fits.
#[derive(Debug)]
pub struct Raw(pub Answer);

impl Raw {
    /// Makes an answer of JSON that is already text.
    pub fn json_text(text: &'static str) -> Self {
        let mut response = Response::new(axum::body::Body::from(text));
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        Self(response)
    }
}

/// What an `ETag` is, in the API's description.
const VERSION: &str = "The version, for `If-Match`.";

fn json(status: StatusCode, view: &impl Serialize) -> Answer {
    let (status, body) = match serde_json::to_vec(view) {
        Ok(body) => (status, body),
        Err(error) => {
            tracing::error!(error = %error, "an answer cannot be written");
            (StatusCode::INTERNAL_SERVER_ERROR, Vec::new())
        }
    };
    let mut response = Response::new(axum::body::Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

fn set(response: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

impl<V: Serialize + ToSchema + Send> Reply for Found<V> {
    fn into_response(self) -> Answer {
        json(StatusCode::OK, &self.0)
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers::<V>(StatusCode::OK);
    }
}

impl<V: Serialize + ToSchema + Send> Reply for Public<V> {
    fn into_response(self) -> Answer {
        let mut response = json(StatusCode::OK, &self.view);
        if response.status() == StatusCode::OK {
            let control = format!("public, max-age={}", self.life_s);
            set(&mut response, header::CACHE_CONTROL, &control);
        }
        response
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers::<V>(StatusCode::OK);
    }
}

impl<V: Serialize + ToSchema + Send> Reply for Tagged<V> {
    fn into_response(self) -> Answer {
        let mut response = json(StatusCode::OK, &self.view);
        set(&mut response, header::ETAG, &etag(self.version));
        response
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers::<V>(StatusCode::OK);
        operation.answers_with(StatusCode::OK, "ETag", VERSION);
    }
}

impl<V: Serialize + ToSchema + Send> Reply for Created<V> {
    fn into_response(self) -> Answer {
        let mut response = json(StatusCode::CREATED, &self.view);
        set(&mut response, header::LOCATION, &self.location);
        set(&mut response, header::ETAG, &etag(self.version));
        response
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers::<V>(StatusCode::CREATED);
        operation.answers_with(StatusCode::CREATED, "ETag", VERSION);
        operation.answers_with(StatusCode::CREATED, "Location", "Where it is.");
    }
}

impl<V: Serialize + ToSchema + Send> Reply for Accepted<V> {
    fn into_response(self) -> Answer {
        let mut response = json(StatusCode::ACCEPTED, &self.view);
        set(&mut response, header::LOCATION, &self.location);
        response
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers::<V>(StatusCode::ACCEPTED);
        let followed = "Where it is to be, or to be followed.";
        operation.answers_with(StatusCode::ACCEPTED, "Location", followed);
    }
}

impl<A: Reply> Reply for Repeatable<A> {
    fn into_response(self) -> Answer {
        let mut response = self.answer.into_response();
        if self.is_replayed {
            set(&mut response, REPLAYED, "true");
        }
        response
    }

    fn describe(operation: &mut OperationDoc) {
        A::describe(operation);
        operation.all_answer_with(
            "Idempotency-Replayed",
            "`true` where this repeats the answer to an earlier request.",
        );
    }
}

impl Reply for NoContent {
    fn into_response(self) -> Answer {
        let mut response = Response::new(axum::body::Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers_nothing(StatusCode::NO_CONTENT);
    }
}

impl<V: Serialize + ToSchema + Send> Reply for Listed<V> {
    fn into_response(self) -> Answer {
        json(StatusCode::OK, &self)
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers_list::<V>();
    }
}

impl<A: Reply, B: Reply> Reply for Either<A, B> {
    fn into_response(self) -> Answer {
        match self {
            Self::Left(answer) => answer.into_response(),
            Self::Right(answer) => answer.into_response(),
        }
    }

    fn describe(operation: &mut OperationDoc) {
        A::describe(operation);
        B::describe(operation);
    }
}

impl Reply for File {
    fn into_response(self) -> Answer {
        let mut response = Response::new(axum::body::Body::from(self.bytes));
        set(&mut response, header::CONTENT_TYPE, self.media_type);
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        set(&mut response, header::CONTENT_DISPOSITION, &disposition);
        if let Some(next) = &self.next {
            set(
                &mut response,
                header::LINK,
                &format!("<{next}>; rel=\"next\""),
            );
        }
        response
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers_file(StatusCode::OK);
        let ways = [
            ("Content-Disposition", "The name of the file."),
            (
                "Link",
                "Where the next file is, if there is more (RFC 8288).",
            ),
        ];
        for (name, description) in ways {
            operation.answers_with(StatusCode::OK, name, description);
        }
    }
}

impl Reply for Html {
    fn into_response(self) -> Answer {
        let mut response = Response::new(axum::body::Body::from(self.0));
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        response
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers_nothing(StatusCode::OK);
    }
}

impl Reply for Raw {
    fn into_response(self) -> Answer {
        self.0
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers_nothing(StatusCode::OK);
    }
}

#[cfg(test)]
mod tests {
    use http::{StatusCode, header};

    use super::{Found, Public, Reply};

    #[test]
    fn only_what_is_the_same_for_everybody_may_be_kept() {
        let view = "keys".to_owned();
        let public = Public { life_s: 300, view }.into_response();
        assert_eq!(public.status(), StatusCode::OK);
        assert_eq!(
            public.headers()[header::CACHE_CONTROL],
            "public, max-age=300"
        );
        let found = Found("secret".to_owned()).into_response();
        assert!(!found.headers().contains_key(header::CACHE_CONTROL));
    }
}
