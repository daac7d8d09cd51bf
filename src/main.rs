//! The `phasegate` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next() {
        Some(first) if first == "__supervise" => phasegate::disposable::supervise(args),
        _ => ExitCode::SUCCESS,
    }
}
