//! The process of `sealing`.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main("sealing", sealing::start)
}
