//! The `phasegate` program. Everything is in the library; see `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next() {
        // The child that watches over a disposable server.
        Some(first) if first == "__supervise" => phasegate::disposable::supervise(args),
        _ => phasegate::cli::main(),
    }
}
