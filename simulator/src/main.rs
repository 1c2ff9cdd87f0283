//! The simulator as a program of its own. It speaks the protocol on stdin and stdout; people use it through `bkctl`.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use bksim::server;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Instruction-level simulator of microcontroller boards in exact virtual time.
#[derive(Parser)]
#[command(
    name = "bksim",
    version = bksim::VERSION,
    after_help = "bksim logs to stderr as the environment variable BKSIM_LOG says, for example BKSIM_LOG=debug."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve one client on stdin and stdout, in frames; ends when stdin ends.
    Serve,
}

fn main() -> ExitCode {
    let Arguments { command: Command::Serve } = Arguments::parse();
    let filter = EnvFilter::try_from_env("BKSIM_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    // The client is gone, and its end of our output may be open in nobody's hands: never outlive it.
    let at_end = || {
        std::thread::sleep(Duration::from_secs(2));
        std::process::exit(0);
    };
    match server::serve(io::stdin(), io::stdout().lock(), at_end) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
