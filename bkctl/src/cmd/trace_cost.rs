//! `--trace-cost`: what tracing costs, which only the simulator can tell.

use std::path::PathBuf;

use super::device::backtrace;
use super::firmware::Firmware;
use crate::cli::ProjectArgs;
use crate::error::{Error, Result};

/// The firmware with debug information, which says where tracing's code is: a project without it is built once more.
///
/// # Errors
/// Exit 2 if there is none to be had.
pub(super) fn described(firmware: &Firmware, project: &ProjectArgs) -> Result<PathBuf> {
    let elf = backtrace::debug_elf(firmware, project, "the places of tracing's code", false);
    elf.map_err(|why| {
        Error::usage(format!("what tracing costs is counted where its code is, which debug information says: {why}"))
            .hint("build the firmware with `debug = true` in its profile")
    })
}

/// What is said where the target is a probe; `instead` is the command that can.
pub(super) fn simulator_only(instead: &str) -> Error {
    Error::usage("--trace-cost is what the simulator sees, and the target is a probe").hint(instead)
}
