//! The command `standfast`. It only reads the command line: everything else is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use standfast::{
    agent,
    cli::{Cli, Command, RunArgs},
    log,
};

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(args) => run(args),
    }
}

fn run(args: RunArgs) -> ExitCode {
    log::start(args.log_format, args.verbose);
    // One thread is enough: the work is waiting.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = runtime.map(|runtime| {
        let ended = runtime.block_on(agent::run(args));
        // Actions under way are not waited for: the next start finds what they made.
        runtime.shutdown_background();
        ended
    });
    match ended {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fail(&error),
        Err(error) => fail(&error),
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("standfast: {error}");
    ExitCode::from(2)
}
