//! What happens once, when a function's environment starts: configuration, logs, SDK
//! configuration, and the one shape that every function has. It must never know about routes,
//! messages or what any function does.

mod environment;
mod logs;
mod process;
pub mod sdk;
mod storage;
mod tls;

pub use environment::{Environment, StartError};
pub use invocation::{Function, FunctionError};
pub use logs::{LogFormat, start_logs};
pub use process::main;
