//! The way from the SDK to the local services, in process: policy, fault, service, history. It
//! must never know what a service does with a call.

mod describe;
mod partial;
mod reply;
mod sdk;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use tokio::sync::watch;

pub use sdk::{SdkTime, sdk_config};

pub use crate::services::sts::{ACCESS_KEY, SECRET_KEY};

use crate::connector::describe::Described;
use crate::connector::partial::LeftOut;
use crate::fault::{Call, Fault, Faults, scatter};
use crate::history::{CallRecord, History, Outcome};
use crate::policy::{Caller, Permissions, accesses};
use crate::services::{Services, Units};

/// The operation that others can be in the way of.
const TRANSACTION: &str = "TransactWriteItems";

/// Turns that a call gives others, at most.
const TURNS_MAX: u64 = 4;

/// Which warm environment a connector belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentLabel {
    /// The function.
    pub function: String,
    /// The environment's number among the function's.
    pub number: u32,
}

/// The SDK's HTTP connector of one warm environment. Clones are the same connector.
#[derive(Debug, Clone)]
pub struct Connector(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    services: Arc<Services>,
    label: EnvironmentLabel,
    faults: Arc<dyn Faults>,
    permissions: Option<Arc<Permissions>>,
    history: History,
    next: AtomicU64,
    killed: watch::Sender<bool>,
}

impl Connector {
    /// Makes the connector of the environment `label`, which may do what `permissions` say, or everything where there
    /// are none.
    pub fn new(
        services: Arc<Services>,
        label: EnvironmentLabel,
        faults: Arc<dyn Faults>,
        history: History,
        permissions: Option<Arc<Permissions>>,
    ) -> Self {
        Self(Arc::new(Inner {
            services,
            label,
            faults,
            permissions,
            history,
            next: AtomicU64::new(0),
            killed: watch::Sender::new(false),
        }))
    }

    /// Waits until the environment is killed. It never lives again: its calls stay unanswered.
    pub async fn killed(&self) {
        let mut killed = self.0.killed.subscribe();
        if killed.wait_for(|killed| *killed).await.is_err() {
            pending::<()>().await;
        }
    }

    /// Reports whether the environment is killed: by a fault, or because its time was up.
    pub fn is_killed(&self) -> bool {
        *self.0.killed.borrow()
    }

    /// Kills the environment.
    pub(crate) fn kill(&self) {
        self.0.killed.send_replace(true);
    }

    /// Returns the services behind the connector.
    pub fn services(&self) -> &Arc<Services> {
        &self.0.services
    }

    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        if self.is_killed() {
            return pending().await;
        }
        let request = collected(request).await?;
        let request = self.0.faults.tamper(&self.0.label.function, request);
        let overall = self.0.history.number();
        others_first(overall).await;
        let described = Described::of(&request);
        let accesses = match &self.0.permissions {
            Some(permissions) => accesses(
                permissions.names(),
                described.service,
                &described.operation,
                &described.keys,
                &request,
            ),
            None => Vec::new(),
        };
        let call = Call {
            index: self.0.next.fetch_add(1, Ordering::SeqCst),
            overall,
            function: &self.0.label.function,
            environment: self.0.label.number,
            service: described.service,
            operation: &described.operation,
            keys: &described.keys,
            accesses: &accesses,
            session_token: described.session_token.as_deref(),
            body: request.body(),
        };
        let response = match self.refusal(&call) {
            None => {
                let fault = self.0.faults.decide(&call);
                self.strike(fault, &call, &request).await?
            }
            Some(refusal) => {
                self.record(&call, outcome(&refusal), &refusal);
                refusal
            }
        };
        Ok(sdk_response(response))
    }

    /// Returns the answer to a call that is not allowed.
    fn refusal(&self, call: &Call<'_>) -> Option<Response<Bytes>> {
        let permissions = self.0.permissions.as_ref()?;
        let session = match call.session_token {
            Some(token) => match self.0.services.sessions().session(token) {
                Some(session) => Some(session),
                None => return Some(reply::expired(call.service)),
            },
            None => None,
        };
        let caller = match &session {
            Some(session) => Caller::Session(session),
            None => Caller::Function(call.function),
        };
        let denied = permissions.check(caller, call.accesses).err()?;
        tracing::warn!(%denied, "a call was denied");
        Some(reply::denied(call.service, &denied.to_string()))
    }

    /// Carries the call out as far as `fault` lets it.
    async fn strike(
        &self,
        fault: Fault,
        call: &Call<'_>,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, ConnectorError> {
        match fault {
            Fault::Conflict if call.operation == TRANSACTION => {
                let response = reply::conflict();
                self.record(call, Outcome::Faulted(fault), &response);
                Ok(response)
            }
            Fault::None | Fault::Conflict => {
                let response = self.0.services.call(request.clone()).await;
                self.record(call, outcome(&response), &response);
                Ok(response)
            }
            Fault::StopBefore => {
                self.record(call, Outcome::Faulted(fault), &Response::default());
                self.die().await
            }
            Fault::StopAfter | Fault::LoseReply => {
                let response = self.0.services.call(request.clone()).await;
                self.record(call, Outcome::Faulted(fault), &response);
                if fault == Fault::StopAfter {
                    return self.die().await;
                }
                Err(ConnectorError::io(
                    "the connection broke before the reply".into(),
                ))
            }
            Fault::Throttle | Fault::ServerError => {
                let response = reply::of_fault(fault, call.service);
                self.record(call, Outcome::Faulted(fault), &response);
                Ok(response)
            }
            Fault::Timeout => {
                self.record(call, Outcome::Faulted(fault), &Response::default());
                Err(ConnectorError::timeout("no reply came in time".into()))
            }
            Fault::Partial => Ok(self.carry_partly(call, request, LeftOut::EverySecond).await),
            Fault::LeaveOut(place) => {
                let left_out = LeftOut::At(usize::from(place));
                Ok(self.carry_partly(call, request, left_out).await)
            }
            Fault::LateReply => {
                let response = self.0.services.call(request.clone()).await;
                self.record(call, outcome(&response), &response);
                for _ in 0..TURNS_MAX {
                    tokio::task::yield_now().await;
                }
                Ok(response)
            }
            Fault::HeldReply => {
                let response = self.0.services.call(request.clone()).await;
                self.record(call, outcome(&response), &response);
                self.0.faults.release().await;
                Ok(response)
            }
        }
    }

    async fn carry_partly(
        &self,
        call: &Call<'_>,
        request: &Request<Bytes>,
        left_out: LeftOut,
    ) -> Response<Bytes> {
        let split = partial::split(call.service, call.operation, request, left_out);
        let Some(split) = split else {
            let response = self.0.services.call(request.clone()).await;
            self.record(call, outcome(&response), &response);
            return response;
        };
        let answered = match &split.applied {
            Some(applied) => self.0.services.call(applied.clone()).await,
            None => reply::nothing(),
        };
        let response = split.complete(answered);
        self.record(call, Outcome::Faulted(Fault::Partial), &response);
        response
    }

    async fn die<T>(&self) -> T {
        self.kill();
        pending().await
    }

    fn record(&self, call: &Call<'_>, outcome: Outcome, response: &Response<Bytes>) {
        let units = response
            .extensions()
            .get::<Units>()
            .copied()
            .unwrap_or_default();
        self.0.history.keep(CallRecord {
            number: call.overall,
            // The history knows it when it keeps the call.
            next: call.overall,
            function: call.function.to_owned(),
            environment: call.environment,
            service: call.service,
            operation: call.operation.to_owned(),
            keys: call.keys.to_vec(),
            outcome,
            read_units: units.read,
            write_units: units.write,
            bytes_in: call.body.len() as u64,
            bytes_out: response.body().len() as u64,
            at: self.0.services.clock().now(),
        });
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry(request))
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Lets others go first, as on any network: some calls for longer than others, always the same ones.
async fn others_first(number: u64) {
    for _ in 0..=scatter(number) % TURNS_MAX {
        tokio::task::yield_now().await;
    }
}

fn outcome(response: &Response<Bytes>) -> Outcome {
    if response.status().is_success() || response.status().is_redirection() {
        return Outcome::Succeeded;
    }
    Outcome::Failed {
        status: response.status().as_u16(),
        code: reply::code(response.body()),
    }
}

async fn collected(request: HttpRequest) -> Result<Request<Bytes>, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?;
    Ok(Request::from_parts(parts, body.to_bytes()))
}

fn sdk_response(response: Response<Bytes>) -> HttpResponse {
    // The SDK takes any response: conversion fails only for headers that are not text.
    let status = response.status();
    HttpResponse::try_from(response.map(SdkBody::from))
        .unwrap_or_else(|_not_text| HttpResponse::new(status.into(), SdkBody::empty()))
}
