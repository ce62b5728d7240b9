//! The process of `provisioning`.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main("provisioning", provisioning::start)
}
