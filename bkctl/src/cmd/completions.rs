//! `bkctl completions`: a shell's completion script on stdout.

use clap::CommandFactory as _;

use crate::cli::{Cli, Completions};
use crate::error::{Exit, Result};
use crate::output;

pub(super) fn run(args: &Completions) -> Result {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bkctl", &mut script);
    output::text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
