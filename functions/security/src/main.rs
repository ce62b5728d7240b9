//! The process of `security`.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main("security", security::start)
}
