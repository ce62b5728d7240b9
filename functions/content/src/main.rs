//! The process of `content`.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main("content", content::start)
}
