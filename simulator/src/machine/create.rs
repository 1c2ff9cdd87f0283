//! From a board, an ELF file and a chip that was kept to a machine.

use std::path::Path;

use bksim_protocol::message::{Created, Unmodelled, error_code};
use bluekernel_boards::model::{Board, Memory};

use super::{Machine, load};
use crate::chip::{Chip, ChipError};
use crate::cpu::Core;
use crate::cpu::cortex_m::{self, CoreModel, CortexConfig, CpuError, MemoryRegion};
use crate::firmware::{Firmware, FirmwareError, default_ram};
use crate::rtt::Rtt;
use crate::system::{self, SystemError};

/// How to build a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What to do about accesses to what is not modelled.
    pub unmodelled: Unmodelled,
    /// One instruction is one cycle.
    pub instruction_clock: bool,
}

/// Why a machine cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The firmware does not fit.
    #[error(transparent)]
    Firmware(#[from] FirmwareError),
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
        known: &'static str,
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
            Self::Firmware(_) => error_code::FIRMWARE,
            Self::Chip(_) => error_code::CHIP,
            Self::System { .. } | Self::Unknown { .. } | Self::Config { .. } => error_code::BOARD,
            Self::Engine(_) => error_code::ENGINE,
        }
    }
}

impl Machine {
    /// Builds the machine of a board. Its chip is the one in the folder `chip`, or a blank one; an ELF file is loaded into
    /// it. Without one the core starts with what the chip has, which with a blank one is a lockup.
    ///
    /// # Errors
    /// [`CreateError`]; the board is checked before the firmware, the firmware before the chip.
    pub fn create(
        board: &Board,
        elf: Option<&[u8]>,
        chip: Option<&Path>,
        options: Options,
    ) -> Result<(Self, Created), CreateError> {
        let name = || board.name.clone();
        if board.sim.machine != "cortex-m" {
            let asked = board.sim.machine.clone();
            return Err(CreateError::Unknown { board: name(), what: "machine", name: asked, known: "cortex-m" });
        }
        let mut system =
            system::build(board, options.unmodelled).map_err(|error| CreateError::System { board: name(), error })?;
        let mut config = core_config(board, options)?;
        let firmware = elf.map(|elf| Firmware::read(elf, board)).transpose()?;
        let start_of_code = board.code_memory().and_then(|memory| u32::try_from(memory.base).ok()).unwrap_or(0);
        config.vector_table =
            reset_vector(board, firmware.as_ref().map_or(start_of_code, |firmware| firmware.vector_table));
        let mut core = cortex_m::new(&config).map_err(|error| match error {
            CpuError::Config(reason) => CreateError::Config { board: name(), reason },
            CpuError::Engine(reason) => CreateError::Engine(reason),
        })?;
        let mut chip = chip.map(|folder| Chip::open(folder, board)).transpose()?;
        if let (Some(chip), Some(new)) = (&mut chip, system.options()) {
            system.load_options(&chip.options(&new)?);
        }
        load::fill(&mut *core, board, firmware.as_ref(), chip.as_mut())?;
        core.reset();
        let created = Created {
            core_hz: board.chip.reset_hz,
            entry: firmware.as_ref().map_or_else(|| entry_of(&*core, config.vector_table), |it| it.entry.into()),
            rtt: firmware.as_ref().and_then(|firmware| firmware.rtt).map(u64::from),
        };
        let rtt = match firmware {
            Some(firmware) => Rtt::new(firmware.rtt, firmware.variables),
            None => Rtt::new(None, default_ram(board)),
        };
        let machine = Self { chip, ..Self::of(core, system, rtt) };
        Ok((machine, created))
    }
}

/// The first instruction by the vector table; 0 if it is erased.
fn entry_of(core: &dyn Core, vector_table: u32) -> u64 {
    let mut reset = [0xFF; 4];
    core.peek(vector_table.wrapping_add(4), &mut reset);
    if reset == [0xFF; 4] { 0 } else { u64::from(u32::from_le_bytes(reset) & !1) }
}

fn core_config(board: &Board, options: Options) -> Result<CortexConfig, CreateError> {
    let chip = &board.chip;
    let model = CoreModel::by_name(&chip.core).ok_or_else(|| CreateError::Unknown {
        board: board.name.clone(),
        what: "core",
        name: chip.core.clone(),
        known: CoreModel::KNOWN,
    })?;
    let memories = chip.memory.iter().map(|memory| {
        region(memory).ok_or_else(|| CreateError::Config {
            board: board.name.clone(),
            reason: format!("memory {} ends beyond 32-bit addresses", memory.name),
        })
    });
    Ok(CortexConfig {
        model,
        irqs: chip.nvic.irqs,
        prio_bits: chip.nvic.prio_bits,
        memories: memories.collect::<Result<_, _>>()?,
        vector_table: 0,
        systick_reference: chip.systick_divider,
        instruction_clock: options.instruction_clock,
    })
}

/// Where the core looks for the vector table after reset: at 0, if that is where the chip shows the memory it is in.
fn reset_vector(board: &Board, table: u32) -> u32 {
    let mirrored = |memory: &&Memory| memory.base == u64::from(table) && memory.aliases.contains(&0);
    if board.code_memory().filter(mirrored).is_some() { 0 } else { table }
}

fn region(memory: &Memory) -> Option<MemoryRegion> {
    let fits = |base: &u64| base.checked_add(memory.size).is_some_and(|end| end <= 1 << 32);
    if !fits(&memory.base) || !memory.aliases.iter().all(fits) {
        return None;
    }
    Some(MemoryRegion {
        base: u32::try_from(memory.base).ok()?,
        size: u32::try_from(memory.size).ok()?,
        attrs: memory.attrs,
        aliases: memory.aliases.iter().map(|base| u32::try_from(*base).ok()).collect::<Option<_>>()?,
    })
}
