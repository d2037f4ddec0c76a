//! The command line: see [`confinix::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    confinix::cli::main()
}
