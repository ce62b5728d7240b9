//! Routes: a function's table of contents. A guarded route takes only handlers whose first
//! argument is a permit, so that a route without a policy does not compile.

use std::sync::Arc;

use axum::Router;
use axum::extract::RawPathParams;
use axum::extract::rejection::RawPathParamsRejection;
use axum::routing::{MethodFilter, MethodRouter, on};
use futures_util::future::BoxFuture;
use http::{Method, Response};
use kernel::limits::EGRESS_NOTED_BYTES;
use tenancy::Platform;
use tenancy::abuse::Tally;

use crate::cursor::CursorSealer;
use crate::extract::{Call, FromCall, Open};
use crate::openapi::OperationDoc;
use crate::problem::{FieldError, Problem, ProblemType};
use crate::reply::Reply;
use crate::service::{Answer, Shared, dispatch};

/// A first argument that is a policy.
pub trait Guarded {}

/// A handler: an asynchronous function of a caller and up to five parts of a request.
pub trait Handler<S, Caller, Parts>: Clone + Send + Sync + 'static {
    /// Handles one call.
    fn handle(&self, call: Call<S>) -> BoxFuture<'static, HandlerOutcome>;

    /// Says in the API's description what the handler takes and answers.
    fn describe() -> OperationDoc;
}

/// A handler's answer, and the tenant that asked, if one did.
pub type HandlerOutcome = (Result<Answer, Problem>, Option<tenancy::TenantContext>);

macro_rules! handler {
    ($($part:ident $value:ident),*) => {
        impl<S, F, Fut, Caller, R, E, $($part),*> Handler<S, Caller, (R, E, $($part,)*)> for F
        where
            S: Send + Sync + 'static,
            F: Fn(Caller $(, $part)*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = Result<R, E>> + Send + 'static,
            Caller: FromCall<S> + 'static,
            R: Reply + 'static,
            E: Into<Problem>,
            $($part: FromCall<S> + 'static,)*
        {
            fn handle(&self, mut call: Call<S>) -> BoxFuture<'static, HandlerOutcome> {
                let handler = self.clone();
                Box::pin(async move {
                    let caller = match Caller::from_call(&mut call) {
                        Ok(caller) => caller,
                        Err(problem) => return (Err(problem), call.tenant),
                    };
                    $(let $value = match $part::from_call(&mut call) {
                        Ok(part) => part,
                        Err(problem) => return (Err(problem), call.tenant),
                    };)*
                    if let Err(problem) = nothing_is_left(&call) {
                        return (Err(problem), call.tenant);
                    }
                    let result = handler(caller $(, $value)*).await;
                    (result.map(Reply::into_response).map_err(Into::into), call.tenant)
                })
            }

            fn describe() -> OperationDoc {
                let mut operation = OperationDoc::default();
                let name = std::any::type_name::<F>();
                operation.id = name.rsplit("::").next().unwrap_or(name).to_owned();
                Caller::describe(&mut operation);
                $($part::describe(&mut operation);)*
                R::describe(&mut operation);
                // Unknown parameters and a body that nobody asked for; and requests are counted, whatever they ask.
                operation.refuses(&[ProblemType::ValidationFailed, ProblemType::RateLimited]);
                operation
            }
        }
    };
}

handler!();
handler!(A a);
handler!(A a, B b);
handler!(A a, B b, C c);
handler!(A a, B b, C c, D d);
handler!(A a, B b, C c, D d, G g);

/// Refuses parameters that no part took: unknown ones.
fn nothing_is_left<S>(call: &Call<S>) -> Result<(), Problem> {
    let mut errors: Vec<FieldError> = call
        .query
        .keys()
        .map(|name| FieldError::new(format!("query:{name}"), "is unknown"))
        .collect();
    let is_empty = matches!(call.body.trim_ascii(), b"" | b"{}");
    if !call.is_body_taken && !is_empty {
        errors.push(FieldError::new("", "this request takes no body"));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Problem::invalid(errors))
    }
}

/// One route, as charts and the API's description show it.
#[derive(Debug, Clone)]
pub struct RouteDoc {
    /// The method.
    pub method: Method,
    /// The path's template.
    pub path: &'static str,
    /// The path's template of which this one is an alias, if it is one.
    pub alias_of: Option<&'static str>,
    /// What is known of the operation.
    pub operation: OperationDoc,
}

/// The routes of a function, over its state `S`.
#[derive(Debug)]
pub struct Routes<S> {
    router: Router<Arc<Shared<S>>>,
    docs: Vec<RouteDoc>,
}

impl<S: Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self {
            router: Router::new(),
            docs: Vec::new(),
        }
    }
}

impl<S: Send + Sync + 'static> Routes<S> {
    /// Makes an empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a guarded route.
    #[must_use]
    pub fn on<Caller, Parts, H>(self, method: &Method, path: &'static str, handler: H) -> Self
    where
        Caller: Guarded,
        H: Handler<S, Caller, Parts>,
    {
        self.route(method, path, None, handler)
    }

    /// Adds a guarded route and an alias of it. They are one operation: cursors and idempotency keys
    /// that were used with one path mean the same with the other.
    #[must_use]
    pub fn on_with_alias<Caller, Parts, H>(
        self,
        method: &Method,
        [path, alias]: [&'static str; 2],
        handler: H,
    ) -> Self
    where
        Caller: Guarded,
        H: Handler<S, Caller, Parts>,
    {
        self.route(method, path, None, handler.clone())
            .route(method, alias, Some(path), handler)
    }

    /// Adds a route that asks for no credential. There are few.
    #[must_use]
    pub fn open<Parts, H>(self, method: &Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<S, Open, Parts>,
    {
        self.route(method, path, None, handler)
    }

    /// Says what else the handler of the route that was added last refuses: what its types tell is
    /// known already.
    #[must_use]
    pub fn refusing(mut self, problems: &[ProblemType]) -> Self {
        let added = self.docs.last().map(|route| route.operation.id.clone());
        let is_added = |route: &&mut RouteDoc| Some(&route.operation.id) == added.as_ref();
        for route in self.docs.iter_mut().filter(is_added) {
            route.operation.refuses(problems);
        }
        self
    }

    /// Returns what charts and the API's description say of the routes.
    pub fn docs(&self) -> &[RouteDoc] {
        &self.docs
    }

    /// Makes the router, over the function's state.
    pub(crate) fn into_router(
        self,
        state: S,
        platform: Platform,
        cursors: Option<CursorSealer>,
        origin: String,
    ) -> Router {
        let shared = Arc::new(Shared {
            egress: Tally::new(EGRESS_NOTED_BYTES),
            state: Arc::new(state),
            platform,
            cursors,
            origin,
        });
        self.router
            .fallback(crate::service::not_found)
            .method_not_allowed_fallback(crate::service::method_not_allowed)
            .with_state(shared)
    }

    fn route<Caller, Parts, H>(
        mut self,
        method: &Method,
        path: &'static str,
        alias_of: Option<&'static str>,
        handler: H,
    ) -> Self
    where
        H: Handler<S, Caller, Parts>,
    {
        self.docs.push(RouteDoc {
            method: method.clone(),
            path,
            alias_of,
            operation: H::describe(),
        });
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        let operation = alias_of.unwrap_or(path);
        let endpoint: MethodRouter<Arc<Shared<S>>> = on(
            filter,
            move |shared: axum::extract::State<Arc<Shared<S>>>,
                  parameters: Result<RawPathParams, RawPathParamsRejection>,
                  request: axum::extract::Request| {
                let handler = handler.clone();
                async move {
                    let Ok(parameters) = parameters else {
                        // What is no text names nothing that exists.
                        return crate::service::not_found(shared, request).await;
                    };
                    let answer: Response<axum::body::Body> =
                        dispatch(&shared, [path, operation], &parameters, request, |call| {
                            handler.handle(call)
                        })
                        .await;
                    answer
                }
            },
        );
        self.router = self.router.route(path, endpoint);
        self
    }
}
