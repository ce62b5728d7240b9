//! What is asked: each operation with an id of each kind in each place of a request.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use serde_json::{Value, json};
use tests::operations::{Operation, Shape, samples};
use tests::portal::Portal;

use crate::cast::Credential;
use crate::side::Side;

/// The host of the API.
const API: &str = "localhost:3000";

/// What an id is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Tenant,
    Website,
    Page,
    Release,
    Operation,
    Session,
    Person,
    Invitation,
    ApiKey,
    Support,
    Subdomain,
    Host,
    Email,
    /// Where a list goes on.
    Cursor,
    /// The key of a request that was made.
    IdempotencyKey,
    /// What shows a release before it is live.
    Preview,
}

impl Kind {
    pub(crate) const ALL: [Self; 16] = [
        Self::Tenant,
        Self::Website,
        Self::Page,
        Self::Release,
        Self::Operation,
        Self::Session,
        Self::Person,
        Self::Invitation,
        Self::ApiKey,
        Self::Support,
        Self::Subdomain,
        Self::Host,
        Self::Email,
        Self::Cursor,
        Self::IdempotencyKey,
        Self::Preview,
    ];
}

impl Kind {
    /// Those of what a website has, with the website itself.
    pub(crate) const OF_WEBSITES: [Self; 5] = [
        Self::Website,
        Self::Page,
        Self::Release,
        Self::Cursor,
        Self::Preview,
    ];

    /// Those that are ids, which nobody else's answers have.
    pub(crate) const OF_IDS: [Self; 10] = [
        Self::Tenant,
        Self::Website,
        Self::Page,
        Self::Release,
        Self::Operation,
        Self::Session,
        Self::Person,
        Self::Invitation,
        Self::ApiKey,
        Self::Support,
    ];
}

/// Where in a request an id stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    /// For a parameter of the path.
    Path(String),
    /// In the query, under a name.
    Query(String),
    /// In a header.
    Header(&'static str),
    /// In the body, in a member of it, or of the first thing of a list: as a pointer without its first `/`.
    Body(String),
    /// As the name of a file.
    FileName,
}

/// Headers that could say for whom a request is, or where it was meant to go.
const HEADERS: [&str; 8] = [
    "x-tenant-id",
    "x-website-id",
    "x-forwarded-host",
    "forwarded",
    "x-original-url",
    "host",
    "if-match",
    "idempotency-key",
];

/// Names that no query has, and that others' queries could have.
const QUERIES: [&str; 3] = ["tenantId", "websiteId", "preview"];

/// Members that no body has.
const MEMBERS: [&str; 2] = ["tenantId", "websiteId"];

impl Place {
    /// How many kinds of places there are.
    pub(crate) const DIMENSIONS: usize = 9;

    /// Says what kind of place it is.
    pub(crate) fn dimension(&self) -> &'static str {
        match self {
            Self::Path(_) => "path",
            Self::Query(name) if name == "cursor" => "cursor",
            Self::Query(name) if name == "preview" => "preview token",
            Self::Query(_) => "query",
            Self::Header("host") => "host",
            Self::Header("idempotency-key") => "idempotency key",
            Self::Header(_) => "header",
            Self::Body(_) => "body field",
            Self::FileName => "file name",
        }
    }

    /// Returns every place in a request to an operation.
    pub(crate) fn all(operation: &Operation) -> Vec<Self> {
        let parts = operation.path.split('/');
        let parameters = parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut places: Vec<Self> = parameters.map(|it| Self::Path(it.to_owned())).collect();
        let mut queries = operation.query.clone();
        let known = queries.clone();
        let others = QUERIES
            .iter()
            .filter(|name| !known.iter().any(|it| it == *name));
        queries.extend(others.map(|name| (*name).to_owned()));
        places.extend(queries.into_iter().map(Self::Query));
        places.extend(HEADERS.map(Self::Header));
        if let Some(schema) = &operation.body {
            let mut members = Vec::new();
            texts("", schema, &mut members);
            let known = members.clone();
            let others = MEMBERS
                .iter()
                .filter(|name| !known.iter().any(|it| it == *name));
            members.extend(others.map(|name| (*name).to_owned()));
            places.extend(members.into_iter().map(Self::Body));
        }
        places.push(Self::FileName);
        places
    }
}

/// Finds the places of a body where a text may stand.
fn texts(within: &str, schema: &Value, found: &mut Vec<String>) {
    for (name, schema) in Shape::of(schema).members() {
        let name = format!("{within}{name}");
        let shape = Shape::of(schema);
        match shape.kind {
            "string" => found.push(name),
            "object" => texts(&format!("{name}/"), schema, found),
            "array" => match Shape::of(&shape.schema["items"]).kind {
                "string" => found.push(format!("{name}/0")),
                "object" => texts(&format!("{name}/0/"), &shape.schema["items"], found),
                _ => {}
            },
            _ => {}
        }
    }
}

/// Puts a text into a body, with what is needed around it.
fn put(body: &mut Value, place: &str, text: &str) {
    match place.split_once('/') {
        None if place == "0" => *body = json!([text]),
        None => body[place] = json!(text),
        Some(("0", rest)) => {
            let mut first = json!({});
            put(&mut first, rest, text);
            *body = json!([first]);
        }
        Some((name, rest)) => {
            if !body[name].is_object() {
                body[name] = json!({});
            }
            put(&mut body[name], rest, text);
        }
    }
}

/// Makes a request to an operation that would be good, but for an id in one place.
pub(crate) fn request(
    asker: &Side,
    operation: &Operation,
    place: &Place,
    id: &str,
    credential: &Credential,
) -> Request<Bytes> {
    let mut path = asker.path(operation);
    let mut body = samples::body(operation);
    match place {
        Place::Path(name) => {
            let own = asker.parameter(name);
            let template = operation.path.split('/');
            let place = template
                .clone()
                .position(|part| part == format!("{{{name}}}"));
            let mut parts: Vec<&str> = path.split('/').collect();
            let place = place.unwrap();
            assert!(parts[place].starts_with(own));
            let rest = parts[place].strip_prefix(own).unwrap().to_owned();
            let filled = format!("{id}{rest}");
            parts[place] = &filled;
            path = parts.join("/");
        }
        Place::Query(name) => {
            let (before, query) = path.split_once('?').unwrap_or((&path, ""));
            let others = query.split('&').filter(|pair| {
                let (other, _) = pair.split_once('=').unwrap_or((pair, ""));
                !pair.is_empty() && other != name
            });
            let mut pairs: Vec<String> = others.map(str::to_owned).collect();
            pairs.push(format!("{name}={id}"));
            path = format!("{before}?{}", pairs.join("&"));
        }
        Place::Body(name) => {
            if let Some(body) = &mut body {
                put(body, name, id);
            }
        }
        Place::Header(_) | Place::FileName => {}
    }
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = operation.method.clone();
    *request.uri_mut() = path.parse().unwrap();
    let headers = request.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).unwrap();
        headers.insert(HeaderName::from_static(name), value);
    };
    set("host", API);
    if let Some(shown) = &credential.shown {
        set("authorization", &format!("Bearer {shown}"));
    }
    for (name, value) in credential.portal.iter().flat_map(Portal::headers) {
        set(name, &value);
    }
    if operation.needs("If-Match") {
        set("if-match", "*");
    }
    match place {
        Place::Header("if-match") => set("if-match", &format!("\"{id}\"")),
        Place::Header("forwarded") => set("forwarded", &format!("for=192.0.2.1;host=\"{id}\"")),
        Place::Header("x-original-url") => set("x-original-url", &format!("/api/v1/{id}")),
        Place::Header(name) => set(name, id),
        Place::FileName => {
            set(
                "content-disposition",
                &format!("attachment; filename=\"{id}\""),
            );
        }
        Place::Path(_) | Place::Query(_) | Place::Body(_) => {}
    }
    if let Some(body) = body {
        set("content-type", "application/json");
        *request.body_mut() = body.to_string().into();
    }
    request
}
