//! Vanne: a self-hosted Windows Update. `vanne --help` tells the rest.

mod administration;
mod arguments;
mod commands;
mod documents;
mod exit;
mod output;
mod plain;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};
use crate::exit::Failure;
use crate::output::Output;

/// Snapshots, pages and documents are made on one thread and dropped on another. glibc keeps an arena for each few of them, and
/// what is freed stays there: memory grew in steps under mixed load, where this allocator's stays. A repeat scan costs a tenth
/// less CPU beside. What it keeps for each thread is set in `.cargo/config.toml`, with the reason; figures: docs/benchmarks.md.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_logging(&arguments);
    let output = Output::new(arguments.output);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from(anyhow::Error::new(error).context("could not start the runtime")).report(),
    };
    match runtime.block_on(run(arguments.command, &output)) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

async fn run(command: Command, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(arguments) => commands::serve::run(arguments).await,
        Command::Demo(arguments) => commands::demo::run(arguments, output).await,
        Command::Play(command) => commands::demo::play(command).await,
        Command::Catalog(command) => commands::catalog::run(command, output).await,
        Command::Updates(arguments) => commands::updates::list(arguments, output).await,
        Command::Approve(arguments) => commands::updates::approve(arguments, output).await,
        Command::Decline(arguments) => commands::updates::decline(arguments, output).await,
        Command::Groups(command) => commands::groups::run(command, output).await,
        Command::Computers(command) => commands::computers::run(command, output).await,
        Command::Content(command) => commands::content::run(command, output).await,
        Command::Status(arguments) => commands::status::run(arguments, output).await,
        Command::Explain(arguments) => commands::explain::run(arguments, output).await,
        Command::Upstream(command) => commands::hierarchy::upstream(command, output).await,
        Command::Subscription(command) => commands::hierarchy::subscription(command, output).await,
        Command::Sync(arguments) => commands::sync::run(arguments, output).await,
        Command::Servers(command) => commands::hierarchy::servers(command, output).await,
        Command::Eula(command) => commands::hierarchy::eula(command, output).await,
        Command::Archive(command) => commands::archive::run(command, output).await,
        Command::Doctor(arguments) => commands::doctor::run(arguments, output).await,
        Command::Pki(command) => commands::pki::run(command, output).await,
        Command::Trust(command) => commands::trust::run(command, output).await,
        Command::Version => commands::version::run(output),
    }
}

/// Logs go to standard error; standard output carries data only.
fn start_logging(arguments: &Arguments) {
    use tracing_subscriber::EnvFilter;
    // Commands speak for themselves; the server tells its story.
    let default = if matches!(arguments.command, Command::Serve(_)) { "info" } else { "warn" };
    let filter = EnvFilter::try_from_env("VANNE_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || plain::Log::new(std::io::stderr(), colours))
        .with_ansi(colours);
    match arguments.log_format {
        arguments::LogFormat::Text => log.with_target(false).init(),
        arguments::LogFormat::Json => log.json().init(),
    }
}
