//! The process of `delivery`.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main("delivery", delivery::start)
}
