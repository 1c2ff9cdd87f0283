//! Ways to reach a chip: the simulator, and debug probes.
//!
//! ```text
//! sim, demo                      ─▶ bksim     firmware in the simulator, without a probe
//! flash, run, attach, read, ...  ─▶ probe     probe-rs, on a probe of this computer or on the simulated chip's
//! trace record, trace view       ─▶ either, by the target
//! ```

pub mod anchor;
pub mod bksim;
pub mod boards;
pub mod machine;
pub mod moment;
pub mod probe;
pub mod replay;
pub mod session;
pub mod text;

use bluekernel_boards::model::Board;

use crate::cli::Global;
use crate::error::{Error, Result};
use crate::project::Project;

/// The environment variable that names the target.
pub const TARGET_VARIABLE: &str = "BKCTL_TARGET";

/// Where firmware runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// bksim.
    Simulator,
    /// A chip behind a debug probe, perhaps one that was named.
    Probe(Option<String>),
}

impl Target {
    fn parse(name: &str) -> Option<Self> {
        match name.split_once(':') {
            None if name == "sim" => Some(Self::Simulator),
            None if name == "probe" => Some(Self::Probe(None)),
            Some(("probe", selector)) if !selector.is_empty() => Some(Self::Probe(Some(selector.to_owned()))),
            _ => None,
        }
    }
}

/// The target: `--target`, then `BKCTL_TARGET`, then bk.toml, then the simulator. Never a silent fallback.
///
/// # Errors
/// Exit 2 for a name that is no target.
pub fn select(global: &Global, project: Option<&Project>) -> Result<Target> {
    let variable = std::env::var(TARGET_VARIABLE).ok().filter(|value| !value.is_empty());
    let (name, from) = match (&global.target, variable, project) {
        (Some(name), _, _) => (name.clone(), "--target"),
        (None, Some(name), _) => (name, TARGET_VARIABLE),
        (None, None, Some(project)) => (project.manifest.target.clone(), "bk.toml"),
        (None, None, None) => return Ok(Target::Simulator),
    };
    Target::parse(&name).ok_or_else(|| {
        Error::usage(format!("no target '{name}' ({from})")).hint("the targets are: sim, probe[:SELECTOR]")
    })
}

/// For a command that is about the simulator: a probe that `--target` asks for is a mistake, one that is only the
/// project's usual target is none.
///
/// # Errors
/// Exit 2, with the command that a probe is for.
pub fn simulator_only(global: &Global, project: Option<&Project>, instead: &str) -> Result<()> {
    match select(global, project)? {
        Target::Probe(_) if global.target.is_some() => {
            Err(Error::usage("this command runs firmware in the simulator, and --target asks for a probe")
                .hint(format!("with a probe: {instead}")))
        }
        _ => Ok(()),
    }
}

/// The first line on stderr: which target, which chip.
pub fn announce(target: &str, board: &Board) {
    anstream::eprintln!("target: {target}, board {} (chip {})", board.name, board.chip.name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_meant() {
        assert_eq!(Target::parse("sim"), Some(Target::Simulator));
        assert_eq!(Target::parse("probe"), Some(Target::Probe(None)));
        assert_eq!(Target::parse("probe:0483:3748"), Some(Target::Probe(Some("0483:3748".into()))));
        for wrong in ["", "sim:1", "probe:", "Probe", "moon"] {
            assert_eq!(Target::parse(wrong), None, "{wrong}");
        }
    }
}
