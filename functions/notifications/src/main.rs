//! The process of `notifications`.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main("notifications", notifications::start)
}
