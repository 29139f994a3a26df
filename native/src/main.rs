//! The command `standfast`. It only reads the command line: everything else is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use standfast::{
    agent, check,
    cli::{Cli, Command, RunArgs, SimArgs, TestArgs},
    lives::{self, ReplayArgs},
    log,
    play::{self, PlayError},
    show::{self, ShowError, Shown},
};
use standfast_core::scenario::Target;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(args) => run(args),
        Command::Get(args) => shown(show::get(&args)),
        Command::Describe(args) => shown(show::describe(&args)),
        Command::Sim(args) => sim(&args),
        Command::Test(args) => test(&args),
        Command::Check(args) => check::run(&args),
        Command::ReplayKubelet(args) => replay_kubelet(&args),
    }
}

/// What an agent was asked for. As with `kubectl`, what is not there makes the code 1.
fn shown(asked: impl Future<Output = Result<Shown, ShowError>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map(|runtime| runtime.block_on(asked)) {
        Ok(Ok(shown)) => {
            print!("{}", shown.out);
            eprint!("{}", shown.err);
            ExitCode::from(u8::from(!shown.found))
        }
        Ok(Err(error)) => fail(&error),
        Err(error) => fail(&error),
    }
}

fn sim(args: &SimArgs) -> ExitCode {
    let played = play::read(&args.file).and_then(|scenario| {
        let report = play::simulate(&args.file, &scenario)?;
        Ok(play::timeline(&scenario, &report))
    });
    match played {
        Ok(timeline) => {
            print!("{timeline}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}

/// Every scenario is run, whatever becomes of the others.
fn test(args: &TestArgs) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for file in &args.files {
        let held = play::read(file).and_then(|scenario| {
            let (target, report) = if args.docker {
                (Target::Docker, play::run_on_docker(file, &scenario, &args.docker_host)?)
            } else {
                (Target::Sim, play::simulate(file, &scenario)?)
            };
            Ok(play::verdict(file, &scenario, target, &report))
        });
        match held {
            Ok(line) => println!("{line}"),
            Err(error @ PlayError::Failed(..)) => {
                eprintln!("{error}");
                code = ExitCode::FAILURE;
            }
            Err(error) => code = fail(&error),
        }
    }
    code
}

fn replay_kubelet(args: &ReplayArgs) -> ExitCode {
    match lives::replay(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => fail(&error),
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
