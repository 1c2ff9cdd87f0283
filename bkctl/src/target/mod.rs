//! Ways to reach a chip. Today there is one, the simulator; a probe will stand beside it.

pub mod bksim;
pub mod boards;
pub mod session;
pub mod text;

use bluekernel_boards::model::Board;

use crate::cli::Global;
use crate::error::{Error, Exit, Result};
use crate::project::Project;

/// The environment variable that names the target.
pub const TARGET_VARIABLE: &str = "BKCTL_TARGET";

/// Where firmware runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// bksim.
    Simulator,
}

/// The target: `--target`, then `BKCTL_TARGET`, then bk.toml, then the simulator. Never a silent fallback.
///
/// # Errors
/// Exit 2 for a name that is no target; exit 4 for a probe, which this version cannot reach.
pub fn select(global: &Global, project: Option<&Project>) -> Result<Target> {
    let variable = std::env::var(TARGET_VARIABLE).ok().filter(|value| !value.is_empty());
    let (name, from) = match (&global.target, variable, project) {
        (Some(name), _, _) => (name.clone(), "--target"),
        (None, Some(name), _) => (name, TARGET_VARIABLE),
        (None, None, Some(project)) => (project.manifest.target.clone(), "bk.toml"),
        (None, None, None) => return Ok(Target::Simulator),
    };
    match name.split(':').next() {
        Some("sim") if name == "sim" => Ok(Target::Simulator),
        Some("probe") => Err(Error::new(Exit::Target, format!("the target '{name}' ({from}) cannot be reached yet"))
            .hint("flash and probe arrive with the STM32 board; use --target sim")),
        _ => Err(Error::usage(format!("no target '{name}' ({from})")).hint("the targets are: sim, probe[:SELECTOR]")),
    }
}

/// The first line on stderr: which target, which chip.
pub fn announce(target: Target, board: &Board) {
    let name = match target {
        Target::Simulator => "sim",
    };
    anstream::eprintln!("target: {name}, board {} (chip {})", board.name, board.chip.name);
}
