//! `bkctl`: the developer's door to BlueKernel.
//!
//! ```text
//! main ─▶ cli (arguments) ─▶ cmd (one subcommand a file) ─▶ project  what stands in a project's folder
//!                                                        ─▶ kit      what bkctl carries: kernel sources, templates
//!                                                        ─▶ target   ways to reach a chip: today the simulator
//!                                                        ─▶ output   text and JSON
//! ```
//!
//! Every command returns an [`error::Exit`]; every failure is one [`error::Error`] that says what, where, why and what
//! to do. bksim is a child process behind `bksim-protocol`: this crate never links it.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser as _;

pub mod cli;
pub mod cmd;
pub mod error;
pub mod folders;
pub mod interrupt;
pub mod kernels;
pub mod kit;
pub mod log;
pub mod output;
pub mod project;
pub mod target;
pub mod units;

/// Runs the program: arguments in, exit code out.
#[must_use]
pub fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    log::start(cli.global.verbose);
    let exit = match cmd::run(&cli) {
        Ok(exit) => exit,
        Err(error) => {
            error.report(cli.global.format);
            error.exit()
        }
    };
    ExitCode::from(exit.code())
}
