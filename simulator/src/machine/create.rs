//! From a board, an ELF file and a chip that was kept to a machine.

use std::path::Path;

use bksim_protocol::message::{Created, GhostOf, Unmodelled, error_code};
use bluekernel_boards::model::Board;

use super::core::Family;
use super::{Machine, load};
use crate::chip::{Chip, ChipError};
use crate::firmware::{Firmware, FirmwareError, default_ram};
use crate::ghost::{Ghost, GhostError};
use crate::rtt::Rtt;
use crate::spent::{self, SpentError};
use crate::system::{self, SystemError};

/// How to build a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// What to do about accesses to what is not modelled.
    pub unmodelled: Unmodelled,
    /// One instruction is one cycle.
    pub instruction_clock: bool,
    /// Where firmware that is a raw binary is loaded.
    pub address: Option<u64>,
    /// The engine that goes instruction by instruction: slow, and what the other one is measured by.
    pub single_step: bool,
    /// Give out a ghost trace.
    pub ghost: Option<&'a GhostOf>,
    /// Tell in the trace what tracing costs; this file's debug information says which code that is.
    pub trace_cost: Option<&'a [u8]>,
}

/// Why a machine cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The firmware does not fit.
    #[error(transparent)]
    Firmware(#[from] FirmwareError),
    /// The firmware gives no ghost trace.
    #[error(transparent)]
    Ghost(#[from] GhostError),
    /// Or nothing says what its tracing costs.
    #[error(transparent)]
    Spent(#[from] SpentError),
    /// The chip cannot be kept where it should.
    #[error(transparent)]
    Chip(#[from] ChipError),
    /// The board asks for a peripheral that does not exist here.
    #[error("board {board}: {error}")]
    System {
        /// The board.
        board: String,
        /// What is wrong.
        error: SystemError,
    },
    /// The board asks for a machine or core that does not exist here.
    #[error("board {board} asks for the {what} `{name}`, which bksim does not have; it has {known}")]
    Unknown {
        /// The board.
        board: String,
        /// `core` or `machine`.
        what: &'static str,
        /// What it asks for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The board's numbers make no core.
    #[error("board {board}: {reason}")]
    Config {
        /// The board.
        board: String,
        /// What is wrong.
        reason: String,
    },
    /// A defect of bksim.
    #[error("bksim's engine failed: {0}")]
    Engine(String),
}

impl CreateError {
    /// The code of the protocol.
    #[must_use]
    pub fn code(&self) -> i64 {
        match self {
            Self::Firmware(_) | Self::Ghost(_) | Self::Spent(_) => error_code::FIRMWARE,
            Self::Chip(_) => error_code::CHIP,
            Self::System { .. } | Self::Unknown { .. } | Self::Config { .. } => error_code::BOARD,
            Self::Engine(_) => error_code::ENGINE,
        }
    }
}

impl Machine {
    /// Builds the machine of a board. Its chip is the one in the folder `chip`, or a blank one; a firmware file is loaded
    /// into it. Without one the core starts with what the chip has, which with a blank one is a lockup.
    ///
    /// # Errors
    /// [`CreateError`]; the board is checked before the firmware, the firmware before the chip.
    pub fn create(
        board: &Board,
        file: Option<&[u8]>,
        chip: Option<&Path>,
        options: Options<'_>,
    ) -> Result<(Self, Created), CreateError> {
        let name = || board.name.clone();
        let family = Family::of(board)?;
        let mut system =
            system::build(board, options.unmodelled).map_err(|error| CreateError::System { board: name(), error })?;
        let firmware = file.map(|file| Firmware::read(file, options.address, board)).transpose()?;
        let (mut core, start) = family.build(board, firmware.as_ref(), options)?;
        let mut chip = chip.map(|folder| Chip::open(folder, board)).transpose()?;
        if let (Some(chip), Some(new)) = (&mut chip, system.options()) {
            system.load_options(&chip.options(&new)?);
        }
        load::fill(&mut *core, board, firmware.as_ref(), chip.as_mut())?;
        core.reset();
        let created = Created {
            core_hz: board.chip.reset_hz,
            entry: firmware.as_ref().map_or_else(|| family.entry(&*core, start), |it| it.entry.into()),
            rtt: firmware.as_ref().and_then(|firmware| firmware.rtt).map(u64::from),
        };
        let rtt = match firmware {
            Some(firmware) => Rtt::new(firmware.rtt, firmware.variables),
            None => Rtt::new(None, default_ram(board)),
        };
        let rtt = if family.has_wide_pointers() { rtt.with_wide_pointers() } else { rtt };
        let mut machine = Self { chip, ..Self::of(core, system, rtt) };
        if let Some(of) = options.ghost {
            machine.trace_ghost(Ghost::read(file.unwrap_or_default(), options.address, board, of)?)?;
        }
        if let Some(file) = options.trace_cost {
            machine.tell_spent(&spent::Code::find(file)?)?;
        }
        Ok((machine, created))
    }
}
