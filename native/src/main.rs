//! The command `standfast`. It only reads the command line: everything else is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use standfast::cli::{Cli, Command};

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(args) => {
            standfast::log::start(args.log_format, args.verbose);
            ExitCode::from(2)
        }
    }
}
