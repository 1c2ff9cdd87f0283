//! The commands that reach a chip through a debug probe.
//!
//! ```text
//! flash ─┐                        ┌─ layout check, what differs, erase, program, verify   (target::probe)
//! run ───┼─▶ listen ─▶ one connection ─ reset, RTT, the firmware's end
//! attach ┤                        └─ backtrace
//! trace record, trace view ───────┘
//! reset, read, erase, probe ─▶ a connection each
//! ```

pub(super) mod attach;
pub(super) mod backtrace;
pub(super) mod erase;
pub(super) mod flash;
pub(super) mod listen;
pub(super) mod probe;
pub(super) mod progress;
pub(super) mod read;
pub(super) mod reset;
pub(super) mod run;

use super::firmware::{self, Firmware, Place};
use crate::cli::{ChipArgs, FirmwareArgs, Global, ProjectArgs};
use crate::error::Result;
use crate::target::probe::layout::{self, Block};
use crate::target::probe::reach::Reach;
use crate::target::{self};

/// The chip of the board, announced on stderr.
fn chip(global: &Global, args: &ChipArgs) -> Result<Reach> {
    let place = firmware::place(&ProjectArgs { board: args.board.clone(), ..ProjectArgs::default() })?;
    reach(global, &place, args.under_reset)
}

/// The way to the chip, announced on stderr.
pub(super) fn reach(global: &Global, place: &Place, under_reset: bool) -> Result<Reach> {
    let target = target::select(global, place.project.as_ref())?;
    let reach = Reach::new(&target, &place.board, place.project.as_ref(), under_reset)?;
    target::announce(&reach.title(), &place.board);
    Ok(reach)
}

/// The chip, the firmware (built first, if need be), and what belongs into flash memory: checked before anything is
/// touched.
fn firmware(global: &Global, args: &FirmwareArgs) -> Result<(Reach, Firmware, Vec<Block>)> {
    let place = firmware::place(&args.project)?;
    let reach = reach(global, &place, args.under_reset)?;
    let firmware = place.firmware(&args.project, args.elf.as_deref(), args.no_build)?;
    let blocks = layout::blocks(&firmware.image, &firmware.elf, &firmware.place.board)?;
    Ok((reach, firmware, blocks))
}
