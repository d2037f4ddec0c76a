//! The command line: one file per subcommand. Only this module prints and chooses exit codes.

mod audit;
mod browse;
mod bundle;
mod check;
mod completing;
mod completions;
mod demo;
mod diff;
mod documents;
mod duration;
mod enter;
mod errors;
mod explain;
mod fleet;
mod format;
mod init;
mod install;
mod loaded;
mod machine;
mod meant;
mod measure;
mod migrate;
mod observe;
mod offered;
mod presets;
mod rehearse;
mod report;
mod sbom;
mod services;
mod show;
mod source;
mod status;
mod streams;
mod style;
mod verify;
mod why;

use std::io;
use std::process::ExitCode;

use clap::{ArgAction, Args, Parser, Subcommand};

use self::streams::{file_name, print, print_of, say};
use self::style::Colour;
use crate::interrupt::{self, Interrupted};
use crate::progress::{Progress, Verbosity};
use crate::source::Unclear;

/// The outcome of a run, which its exit code reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done, or the answer is yes.
    Yes,
    /// The answer is no.
    No,
    /// The exit code of a command that was run.
    Of(u8),
}

const EXIT_NO: u8 = 1;
const EXIT_USAGE: u8 = 2;
const EXIT_FAILED: u8 = 3;

/// An error in how confinix was called.
#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Run systemd services in private roots that contain only the Nix closures they need.
#[derive(Parser)]
#[command(
    name = "confinix",
    version = env!("CONFINIX_VERSION"),
    after_help = "\
Exit codes: 0 success; 1 something is denied, different or missing; 2 wrong usage; 3 failure."
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Common {
    /// Print only results and errors
    #[arg(
        short,
        long,
        global = true,
        display_order = 900,
        conflicts_with = "verbose"
    )]
    quiet: bool,
    /// Print every step and all output of nix on standard error
    #[arg(short, long, global = true, display_order = 901, action = ArgAction::SetTrue)]
    verbose: bool,
    /// Colour standard output: auto, always or never
    #[arg(
        long,
        global = true,
        display_order = 902,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    color: Colour,
}

#[derive(Subcommand)]
enum Command {
    Bundle(bundle::Bundle),
    Show(show::Show),
    Why(why::Why),
    Browse(browse::Browse),
    Diff(diff::Diff),
    Audit(audit::Audit),
    Check(check::Check),
    Rehearse(rehearse::Rehearse),
    Migrate(migrate::Migrate),
    Observe(observe::Observe),
    Report(report::Report),
    Sbom(sbom::Sbom),
    Explain(explain::Explain),
    Presets(presets::Presets),
    Init(init::Init),
    Verify(verify::Verify),
    Install(install::Install),
    Status(status::Status),
    Services(services::Services),
    Demo(demo::Demo),
    Enter(enter::Enter),
    #[command(hide = true)]
    EnterStore(enter::EnterStore),
    #[command(hide = true)]
    GuestBoot(rehearse::GuestBoot),
    #[command(hide = true)]
    GuestWatch(rehearse::GuestWatch),
    Completions(completions::Completions),
    Man(completions::Man),
}

/// Parses the command line, runs the subcommand and reports the outcome.
pub fn main() -> ExitCode {
    completing::answer();
    let cli: Cli = match errors::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    style::set(cli.common.color);
    let progress = Progress::new(if cli.common.quiet {
        Verbosity::Quiet
    } else if cli.common.verbose {
        Verbosity::Verbose
    } else {
        Verbosity::Normal
    });
    let outcome = interrupt::install().and_then(|()| match cli.command {
        Command::Bundle(command) => command.run(&progress),
        Command::Show(command) => command.run(&progress),
        Command::Browse(command) => command.run(&progress),
        Command::Report(command) => command.run(&progress),
        Command::Sbom(command) => command.run(&progress),
        Command::Audit(command) => command.run(&progress),
        Command::Check(command) => command.run(&progress),
        Command::Rehearse(command) => command.run(&progress),
        Command::Migrate(command) => command.run(&progress),
        Command::Observe(command) => command.run(&progress),
        Command::Explain(command) => command.run(),
        Command::Presets(command) => command.run(),
        Command::Init(command) => command.run(),
        Command::Diff(command) => command.run(&progress),
        Command::Why(command) => command.run(&progress),
        Command::Install(command) => command.run(&progress),
        Command::Verify(command) => command.run(&progress),
        Command::Status(command) => command.run(&progress),
        Command::Services(command) => command.run(&progress),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
        Command::Demo(command) => command.run(&progress),
        Command::Enter(command) => command.run(&progress),
        Command::EnterStore(command) => command.run(),
        Command::GuestBoot(command) => command.run(),
        Command::GuestWatch(command) => command.run(),
    });
    drop(progress);
    match outcome {
        Ok(Outcome::Yes) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(EXIT_NO),
        Ok(Outcome::Of(code)) => ExitCode::from(code),
        Err(error) => exit_code_of(&error),
    }
}

fn exit_code_of(error: &anyhow::Error) -> ExitCode {
    if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
        return ExitCode::from(interrupted.exit_code());
    }
    // The reader of the output may have stopped early, as `head` does.
    let is_broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    errors::tell(error);
    ExitCode::from(if error.is::<Usage>() || error.is::<Unclear>() {
        EXIT_USAGE
    } else {
        EXIT_FAILED
    })
}
