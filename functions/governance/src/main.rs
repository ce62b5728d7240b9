//! The function as a process.

fn main() -> std::process::ExitCode {
    runtime::main("governance", governance::start)
}
