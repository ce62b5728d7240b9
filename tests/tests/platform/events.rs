//! The recorded events: each is one that the platform really makes, and each is understood by its
//! function.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use events::{CacheTag, Envelope, Event};
use http::{Request, Response};
use kernel::{ApiKeyId, EventId, OperationId, PersonId, ReleaseId, TenantId, WebsiteId};
use local::functions::registry;
use local::platform::{Registry, Start};
use runtime::{Function, FunctionError};
use serde_json::{Map, Value, json};
use tenancy::RequestInfo;
use tenancy::audit::Action;
use tenancy::gateway::Notice;
use tenancy::permission::Provision;
use tests::world::World;

/// Functions that are called over HTTP by way of the gateway.
const BEHIND_THE_GATEWAY: [&str; 4] = ["content", "identity", "tenants", "websites"];

/// What is another with every request.
const EACH_ITS_OWN: [&str; 1] = ["/requestContext/requestId"];

/// How long what the tape answers may be kept, in seconds.
const LIFE_S: i64 = 10;

/// The tag of what the tape answers.
const ETAG: &str = "W/\"0000000000000000000000000000000000000000000000000000000000000000\"";

fn recorded() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut files = Vec::new();
    for function in std::fs::read_dir(folder).unwrap() {
        let function = function.unwrap();
        let name = function.file_name().into_string().unwrap();
        for file in std::fs::read_dir(function.path()).unwrap() {
            files.push((name.clone(), file.unwrap().path()));
        }
    }
    files.sort();
    files
}

/// Returns the recorded events of one function, by their files' names.
fn recorded_of(function: &str) -> Vec<(String, Value)> {
    let of = recorded().into_iter().filter(|(of, _)| of == function);
    of.map(|(_, path)| {
        let text = std::fs::read_to_string(&path).unwrap();
        (
            path.display().to_string(),
            serde_json::from_str(&text).unwrap(),
        )
    })
    .collect()
}

#[tokio::test]
async fn every_recorded_event_is_understood_by_its_function() {
    let world = World::new(60).await.unwrap();
    let mut functions = BTreeSet::new();
    for (function, path) in recorded() {
        let text = std::fs::read_to_string(&path).unwrap();
        let event: Value = serde_json::from_str(&text).unwrap();
        let answer = world.platform.invoke(&function, event).await;
        let answer = answer.unwrap_or_else(|error| panic!("`{}`: {error}", path.display()));
        let status = answer.get("statusCode").and_then(Value::as_u64);
        assert!(
            status.is_none_or(|status| status < 500),
            "`{}`: {answer}",
            path.display()
        );
        functions.insert(function);
    }
    let all: BTreeSet<String> = registry().into_keys().map(str::to_owned).collect();
    assert_eq!(functions, all, "every function has an event");
}

/// What functions were invoked with.
#[derive(Debug, Clone, Default)]
struct Tape {
    heard: Arc<Mutex<Vec<(String, Value)>>>,
    /// What the authorizer says.
    context: Arc<Mutex<Value>>,
}

impl Tape {
    /// Returns functions that note what they are given and answer that all is well. The relay
    /// also does its work, so that its consumers have something to note.
    fn registry(&self) -> Registry {
        let noting = registry().into_iter().map(|(name, start)| {
            let tape = self.clone();
            let start: Start = Arc::new(move |environment| {
                let (tape, start) = (tape.clone(), Arc::clone(&start));
                Box::pin(async move {
                    let real = match name {
                        "relay" => Some(start(environment).await?),
                        _ => None,
                    };
                    Ok(Function::new(move |payload: Value, context| {
                        let (tape, real) = (tape.clone(), real.clone());
                        async move {
                            tape.note(name, payload.clone());
                            match real {
                                Some(real) => real.invoke(payload, context).await,
                                None => Ok::<_, FunctionError>(tape.answer(name)),
                            }
                        }
                    }))
                })
            });
            (name, start)
        });
        noting.collect()
    }

    fn note(&self, function: &str, event: Value) {
        let mut heard = self.heard.lock().unwrap();
        heard.push((function.to_owned(), event));
    }

    fn answer(&self, name: &str) -> Value {
        match name {
            "authorizer" => {
                let context = self.context.lock().unwrap().clone();
                json!({ "isAuthorized": true, "context": context })
            }
            "provisioning" | "edge" | "notifications" | "security" => {
                json!({ "batchItemFailures": [] })
            }
            _ => json!({ "statusCode": 200, "headers": {
                "cache-control": format!("public, s-maxage={LIFE_S}"),
                "etag": ETAG,
            } }),
        }
    }

    /// Returns the last event that a function was given.
    fn last(&self, function: &str) -> Value {
        let heard = self.heard.lock().unwrap();
        let last = heard.iter().rev().find(|(of, _)| of == function);
        last.unwrap_or_else(|| panic!("`{function}` was not invoked"))
            .1
            .clone()
    }

    fn all(&self, function: &str) -> Vec<Value> {
        let heard = self.heard.lock().unwrap();
        let of = heard.iter().filter(|(of, _)| of == function);
        of.map(|(_, event)| event.clone()).collect()
    }
}

/// Makes the request that an event tells of.
fn request_of(event: &Value) -> Request<Bytes> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let query = text("/rawQueryString").filter(|query| !query.is_empty());
    let path = text("/rawPath").unwrap();
    let target = query.map_or(path.to_owned(), |query| format!("{path}?{query}"));
    let mut request = Request::builder()
        .method(text("/requestContext/http/method").unwrap())
        .uri(target);
    for (name, value) in event["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    let body = text("/body").unwrap_or_default().to_owned();
    request.body(Bytes::from(body)).unwrap()
}

fn masked(mut event: Value) -> Value {
    for pointer in EACH_ITS_OWN {
        if let Some(member) = event.pointer_mut(pointer) {
            *member = json!("…");
        }
    }
    event
}

async fn send(world: &World, request: Request<Bytes>) -> Response<Bytes> {
    world.platform.http(request).await
}

#[tokio::test]
async fn the_gateway_makes_the_recorded_requests_of_its_functions() {
    let tape = Tape::default();
    let world = World::of(61, tape.registry()).await.unwrap();
    for function in BEHIND_THE_GATEWAY {
        for (path, event) in recorded_of(function) {
            let context = event.pointer("/requestContext/authorizer/lambda");
            *tape.context.lock().unwrap() = context.unwrap().clone();
            send(&world, request_of(&event)).await;
            let made = masked(tape.last(function));
            assert_eq!(made, masked(event), "`{path}`");
        }
    }
}

#[tokio::test]
async fn the_gateway_asks_the_authorizer_as_recorded() {
    let tape = Tape::default();
    let world = World::of(62, tape.registry()).await.unwrap();
    for (path, event) in recorded_of("authorizer") {
        *tape.context.lock().unwrap() = json!({ "outcome": "anonymous" });
        send(&world, request_of(&event)).await;
        let made = masked(tape.last("authorizer"));
        assert_eq!(made, masked(event), "`{path}`");
    }
}

#[tokio::test]
async fn the_edge_makes_the_recorded_requests_of_the_origin() {
    for (path, event) in recorded_of("delivery") {
        let tape = Tape::default();
        let world = World::of(63, tape.registry()).await.unwrap();
        let method = event["requestContext"]["http"]["method"].as_str().unwrap();
        // What comes past the edge is no visitor, and the edge lets nobody write.
        let Some(host) = event["headers"]["x-site-host"].as_str() else {
            continue;
        };
        if method == "POST" {
            continue;
        }
        let visit = || {
            let mut request = request_of(&event);
            let headers = request.headers_mut();
            headers.insert(http::header::HOST, host.parse().unwrap());
            headers.remove(http::header::IF_NONE_MATCH);
            request
        };
        send(&world, visit()).await;
        if !event["headers"]["if-none-match"].is_null() {
            // The edge asks whether what it keeps is still as it was.
            world.advance(LIFE_S).await.unwrap();
            send(&world, visit()).await;
        }
        let made = tape.last("delivery");
        assert_eq!(shape(&made), shape(&event), "`{path}`");
        for pointer in ["/rawPath", "/rawQueryString", "/requestContext/http/method"] {
            assert_eq!(made.pointer(pointer), event.pointer(pointer), "`{path}`");
        }
        for name in ["x-site-host", "if-none-match", "user-agent"] {
            assert_eq!(made["headers"][name], event["headers"][name], "`{path}`");
        }
    }
}

/// Returns an event with every value replaced by what kind of value it is; texts that hold JSON
/// are looked into.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), shape(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            let shapes: BTreeMap<String, Value> = items
                .iter()
                .map(|item| (shape(item).to_string(), shape(item)))
                .collect();
            Value::Array(shapes.into_values().collect())
        }
        Value::String(text) => match serde_json::from_str(text) {
            Ok(inside @ Value::Object(_)) => json!({ "json": shape(&inside) }),
            Ok(_) | Err(_) => json!("text"),
        },
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("bool"),
        Value::Null => Value::Null,
    }
}

/// Lets each event happen that a recorded one tells of.
#[expect(
    clippy::disallowed_methods,
    reason = "the shortest way to a context in which an event can happen"
)]
async fn let_events_happen(world: &World) {
    let storage = world.storage();
    let mint = storage.mint();
    let cause = Envelope {
        id: EventId::mint(mint),
        tenant_id: TenantId::mint(mint),
        occurred_at: storage.now(),
        request_id: "r".to_owned(),
        event: Event::TenantUpdated {},
    };
    let website_id = WebsiteId::mint(mint);
    let operation_id = OperationId::mint(mint);
    let person_id = PersonId::mint(mint);
    let happening = [
        Event::TenantRegistered { operation_id },
        Event::WebsiteRequested {
            website_id,
            operation_id,
        },
        Event::ReleaseActivated {
            website_id,
            release_id: ReleaseId::mint(mint),
            purge: vec![CacheTag::website(website_id)],
        },
        Event::WebsiteUpdated { website_id },
        Event::VerificationRequested { person_id },
        Event::PasswordResetRequested {
            person_id: Some(person_id),
        },
        Event::TenantStatusChanged {
            from: "Active".to_owned(),
            to: "Suspended".to_owned(),
        },
    ];
    for event in happening {
        let context = storage.resume("test", &cause);
        let permit = context.permit::<Provision>().unwrap();
        let change = permit.change(Action::Update).event(event);
        change.commit().await.unwrap();
    }
    let request = RequestInfo {
        request_id: "r".to_owned(),
        address: Some("192.0.2.7".to_owned()),
        agent: Some("Desk/1".to_owned()),
    };
    let misused = Notice::Misused(cause.tenant_id, ApiKeyId::mint(mint));
    storage.write_down(misused, request).await.unwrap();
}

/// Returns the type of the event that a record of a queue or a stream brings, if it can be told.
fn kind(record: &Value) -> Option<String> {
    let pointer = "/dynamodb/NewImage/envelope/M/event/M/type/S";
    if let Some(kind) = record.pointer(pointer) {
        return kind.as_str().map(str::to_owned);
    }
    let body: Value = serde_json::from_str(record.get("body")?.as_str()?).ok()?;
    body.pointer("/event/type")?.as_str().map(str::to_owned)
}

/// Returns a record without what it says: how it is framed.
fn frame(record: &Value) -> Value {
    let mut record = shape(record);
    for pointer in ["/body", "/dynamodb/NewImage"] {
        if let Some(said) = record.pointer_mut(pointer) {
            *said = Value::Null;
        }
    }
    record
}

#[tokio::test]
async fn queues_and_the_stream_bring_the_recorded_messages() {
    let tape = Tape::default();
    let world = World::of(64, tape.registry()).await.unwrap();
    let_events_happen(&world).await;
    world.advance(60).await.unwrap();
    for function in ["relay", "provisioning", "edge", "notifications", "security"] {
        let made: Vec<Value> = tape
            .all(function)
            .iter()
            .filter_map(|event| event["Records"].as_array().cloned())
            .flatten()
            .collect();
        for (path, event) in recorded_of(function) {
            for record in event["Records"].as_array().into_iter().flatten() {
                let alike = made.iter().find(|made| kind(made) == kind(record));
                match alike {
                    Some(made) => assert_eq!(shape(made), shape(record), "`{path}`"),
                    // What cannot be read is framed as everything else.
                    None => assert_eq!(frame(&made[0]), frame(record), "`{path}`"),
                }
            }
        }
    }
    let sweep = &recorded_of("relay")[2];
    assert!(tape.all("relay").contains(&sweep.1), "{sweep:?}");
}
