//! The commands, one a file.

mod board;
mod build;
mod completions;
mod demo;
mod device;
mod firmware;
mod hold_back;
mod latency;
mod man;
mod new;
mod recorder;
mod run;
mod sim;
mod size;
mod tasks;
mod trace;
mod trace_channel;
mod trace_cost;

use crate::cli::{Cli, Command};
use crate::error::Result;

/// Runs the command.
///
/// # Errors
/// What the command cannot do.
pub fn run(cli: &Cli) -> Result {
    let global = &cli.global;
    match &cli.command {
        Command::New(args) => new::run(global, args),
        Command::Build(args) => build::run(global, args),
        Command::Size(args) => size::run(global, args),
        Command::Sim(args) => sim::run(global, args),
        Command::Flash(args) => device::flash::run(global, args),
        Command::Run(args) => device::run::run(global, args),
        Command::Attach(args) => device::attach::run(global, args),
        Command::Reset(args) => device::reset::run(global, args),
        Command::Read(args) => device::read::run(global, args),
        Command::Erase(args) => device::erase::run(global, args),
        Command::Probe(command) => device::probe::run(global, command),
        Command::Tasks(args) => tasks::run(global, args),
        Command::Trace(command) => trace::run(global, command),
        Command::Board(command) => board::run(global, command),
        Command::Demo(args) => demo::run(global, args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}
