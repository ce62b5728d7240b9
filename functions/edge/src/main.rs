//! The process of `edge`.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main("edge", edge::start)
}
