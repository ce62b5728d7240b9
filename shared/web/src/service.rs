//! From the gateway's event to a handler and back.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::HttpBody;
use axum::extract::{RawPathParams, Request, State as AxumState};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use invocation::{Function, FunctionError};
use tenancy::abuse::Tally;
use tenancy::gateway::Notice;
use tenancy::{GatewayContext, Outcome, Platform, RequestInfo, StorageError, TenantContext};
use tower::ServiceExt;
use tracing::Instrument;

use crate::cursor::CursorSealer;
use crate::event::{self, Event, Origin};
use crate::extract::{Call, requested};
use crate::problem::{Problem, ProblemType};
use crate::rates;
use crate::routes::{HandlerOutcome, Routes};

/// The header of every answer in a support session: its id.
const SUPPORT_SESSION: HeaderName = HeaderName::from_static("support-session");

pub(crate) type Answer = http::Response<axum::body::Body>;

/// What all calls of a function share.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    pub(crate) state: Arc<S>,
    pub(crate) platform: Platform,
    pub(crate) cursors: Option<CursorSealer>,
    /// Where the documentation of problems is.
    pub(crate) origin: String,
    /// What tenants were answered with.
    pub(crate) egress: Tally,
}

/// Makes a function of routes: it takes the gateway's events (payload format 2.0).
///
/// `origin` is the platform's own, under which problems are documented; `cursors` may be missing where no route
/// lists anything.
pub fn function<S: Send + Sync + 'static>(
    routes: Routes<S>,
    state: S,
    platform: Platform,
    cursors: Option<CursorSealer>,
    origin: &str,
) -> Function {
    let table = routes.into_router(state, platform, cursors, origin.to_owned());
    let origin: Arc<str> = origin.into();
    Function::new(move |payload, _| {
        let (table, origin) = (table.clone(), Arc::clone(&origin));
        async move {
            let event: Event = serde_json::from_value(payload)
                .map_err(|error| FunctionError::new("MalformedEvent", error.to_string()))?;
            let of = event.origin();
            let id = of.request.request_id.clone();
            let answer = match event.into_request(of) {
                Ok(request) => {
                    let answering = table.oneshot(request).await;
                    answering.map_err(|never| match never {})?
                }
                Err(kind) => {
                    let refusal = Problem::new(kind).into_response(&origin, &id);
                    finish(refusal, &id, None)
                }
            };
            event::payload(answer)
                .await
                .map_err(|error| FunctionError::new("MalformedAnswer", error.to_string()))
        }
    })
}

/// Runs a handler on a request to `route`, which is `operation` or an alias of it: reads the whole body, admits nobody (the handler's first argument
/// does), catches panics, notices foreign ids, and makes every refusal a problem.
pub(crate) async fn dispatch<S: Send + Sync + 'static>(
    shared: &Arc<Shared<S>>,
    [route, operation]: [&'static str; 2],
    parameters: &RawPathParams,
    request: Request,
    handle: impl FnOnce(Call<S>) -> BoxFuture<'static, HandlerOutcome>,
) -> Answer {
    let origin = gateway_of(&request);
    let span = tracing::info_span!(
        "request",
        request.id = origin.request.request_id,
        http.method = %request.method(),
        http.route = route,
        tenant.id = origin.gateway.to_map().get("tenant"),
    );
    let path: BTreeMap<String, String> = parameters
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let ids: Vec<String> = path.values().cloned().collect();
    let requested = requested(request.headers());
    let request_id = origin.request.request_id.clone();
    let gateway = origin.gateway.clone();
    let asked = origin.request.clone();
    async {
        let answer = match call(shared, operation, path, request, origin).await {
            Ok(call) => match AssertUnwindSafe(handle(call)).catch_unwind().await {
                Ok((result, tenant)) => {
                    let answer = result.unwrap_or_else(|problem| {
                        problem.into_response(&shared.origin, &request_id)
                    });
                    let noticed = match answer.status() {
                        StatusCode::NOT_FOUND => notice_foreign_ids(tenant, &ids).await,
                        StatusCode::FORBIDDEN => notice_mismatch(tenant, requested).await,
                        _ => Ok(()),
                    };
                    match noticed {
                        Ok(()) => answer,
                        Err(error) => {
                            Problem::from(error).into_response(&shared.origin, &request_id)
                        }
                    }
                }
                Err(_panic) => {
                    tracing::error!("a handler panicked");
                    Problem::new(ProblemType::Internal).into_response(&shared.origin, &request_id)
                }
            },
            Err(problem) => problem.into_response(&shared.origin, &request_id),
        };
        let noticed = gateway
            .noticed
            .or_else(|| answered(shared, &gateway, &answer));
        if let Some(notice) = noticed
            && let Err(error) = shared.platform.write_down(notice, asked).await
        {
            // It decides nothing about this request.
            tracing::warn!(error = ?error, "what was noticed could not be written down");
        }
        tracing::info!(http.status = answer.status().as_u16(), "answered");
        finish(answer, &request_id, Some(&gateway))
    }
    .instrument(span)
    .await
}

/// Counts what a tenant is answered with, and returns what there is to be written down of it.
fn answered<S>(shared: &Shared<S>, gateway: &GatewayContext, answer: &Answer) -> Option<Notice> {
    let Outcome::Authenticated(principal) = &gateway.outcome else {
        return None;
    };
    let tenant = principal.tenant().filter(|_| principal.is_of_tenant())?;
    let bytes = answer.body().size_hint().lower();
    let bytes = shared.egress.add(tenant, bytes, shared.platform.now());
    bytes.map(|bytes| Notice::Answered(tenant, bytes))
}

/// After a 404, asks of each id in the path whether it is another tenant's: the same calls whether
/// it is or not, so that the answer tells nothing. Nobody is answered before it is written down.
async fn notice_foreign_ids(
    tenant: Option<TenantContext>,
    ids: &[String],
) -> Result<(), StorageError> {
    let Some(tenant) = tenant else {
        return Ok(());
    };
    for id in ids.iter().filter(|id| kernel::TenantId::parse(id).is_ok()) {
        tenant.missed(id).await?;
    }
    Ok(())
}

/// After a 403, asks whether a request named another tenant than that of its credential, as after a 404.
async fn notice_mismatch(
    tenant: Option<TenantContext>,
    requested: Option<String>,
) -> Result<(), StorageError> {
    match tenant.zip(requested) {
        Some((tenant, requested)) if requested != tenant.tenant().to_string() => {
            notice_foreign_ids(Some(tenant), &[requested]).await
        }
        _ => Ok(()),
    }
}

fn gateway_of(request: &Request) -> Origin {
    let known = request.extensions().get::<Origin>();
    known.cloned().unwrap_or_else(|| Origin {
        gateway: GatewayContext::from_map(&BTreeMap::new()),
        request: RequestInfo::default(),
        cookies: Vec::new(),
    })
}

async fn call<S>(
    shared: &Arc<Shared<S>>,
    operation: &'static str,
    path: BTreeMap<String, String>,
    request: Request,
    origin: Origin,
) -> Result<Call<S>, Problem> {
    rates::admit(&origin.gateway)?;
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map_err(|_cut_off| Problem::new(ProblemType::MalformedRequest))?
        .to_bytes();
    let query = parts.uri.query().unwrap_or_default();
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
        .map_err(|_malformed| Problem::new(ProblemType::MalformedRequest))?;
    let mut query = BTreeMap::new();
    for (name, value) in pairs {
        if query.insert(name.clone(), value).is_some() {
            return Err(Problem::invalid_field(
                format!("query:{name}"),
                "is given twice",
            ));
        }
    }
    let caller = origin.request.address.clone().unwrap_or_default();
    Ok(Call {
        state: Arc::clone(&shared.state),
        platform: shared.platform.clone(),
        cursors: shared.cursors.clone(),
        method: parts.method,
        operation,
        path,
        query,
        headers: parts.headers,
        cookies: origin.cookies,
        body,
        is_body_taken: false,
        gateway: origin.gateway,
        request: origin.request,
        tenant: None,
        caller,
    })
}

/// Adds what every answer has, and what tells an operator in a support session, and whoever sees the answer, that
/// there is one.
fn finish(mut answer: Answer, request_id: &str, gateway: Option<&GatewayContext>) -> Answer {
    const ALWAYS: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=63072000; includeSubDomains",
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let headers = answer.headers_mut();
    for (name, value) in ALWAYS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    let support = gateway.and_then(GatewayContext::support);
    if let Some(Ok(value)) = support.map(|id| HeaderValue::from_str(&id.to_string())) {
        headers.insert(SUPPORT_SESSION, value);
    }
    rates::tell(gateway.map_or(&[], |gateway| &gateway.rates), headers);
    answer
}

pub(crate) async fn not_found<S>(
    AxumState(shared): AxumState<Arc<Shared<S>>>,
    request: Request,
) -> Answer {
    refuse(&shared, &request, ProblemType::NotFound)
}

pub(crate) async fn method_not_allowed<S>(
    AxumState(shared): AxumState<Arc<Shared<S>>>,
    request: Request,
) -> Answer {
    refuse(&shared, &request, ProblemType::MethodNotAllowed)
}

fn refuse<S>(shared: &Shared<S>, request: &Request, kind: ProblemType) -> Answer {
    let Origin {
        gateway, request, ..
    } = gateway_of(request);
    let problem = rates::admit(&gateway).err();
    let problem = problem.unwrap_or_else(|| Problem::new(kind));
    let refusal = problem.into_response(&shared.origin, &request.request_id);
    finish(refusal, &request.request_id, Some(&gateway))
}
