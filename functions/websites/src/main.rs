//! The process of `websites`.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main("websites", websites::start)
}
