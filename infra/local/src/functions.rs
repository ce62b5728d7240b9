//! The functions that are built into the local platform, by the name the template gives them.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use runtime::{Environment, Function, StartError};

use crate::platform::{Registry, Start};

macro_rules! registry {
    ($($function:ident),+ $(,)?) => {
        /// Returns every function of the product.
        pub fn registry() -> Registry {
            Registry::from([$((stringify!($function), start_of(|environment| {
                Box::pin(async move { $function::start(&environment).await })
            }))),+])
        }
    };
}

registry! {
    authorizer, content, delivery, edge, governance, identity, notifications, provisioning, relay, sealing, security,
    tenants, websites,
}

fn start_of(start: fn(Environment) -> BoxFuture<'static, Result<Function, StartError>>) -> Start {
    Arc::new(start)
}
