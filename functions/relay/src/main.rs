//! The process of `relay`.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main("relay", relay::start)
}
