//! From a board and an ELF file to a machine.

use bksim_protocol::message::{Created, Unmodelled, error_code};
use bluekernel_boards::model::{Board, Memory};

use super::Machine;
use crate::cpu::cortex_m::{self, CoreModel, CortexConfig, CpuError, MemoryRegion};
use crate::firmware::{Firmware, FirmwareError};
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
            Self::System { .. } | Self::Unknown { .. } | Self::Config { .. } => error_code::BOARD,
            Self::Engine(_) => error_code::ENGINE,
        }
    }
}

impl Machine {
    /// Builds the machine of a board and loads an ELF file.
    ///
    /// # Errors
    /// [`CreateError`]; the board is checked before the firmware.
    pub fn create(board: &Board, elf: &[u8], options: Options) -> Result<(Self, Created), CreateError> {
        let name = || board.name.clone();
        if board.sim.machine != "cortex-m" {
            let asked = board.sim.machine.clone();
            return Err(CreateError::Unknown { board: name(), what: "machine", name: asked, known: "cortex-m" });
        }
        let system =
            system::build(board, options.unmodelled).map_err(|error| CreateError::System { board: name(), error })?;
        let mut config = core_config(board, options)?;
        let firmware = Firmware::read(elf, board)?;
        config.vector_table = reset_vector(board, firmware.vector_table);
        let mut core = cortex_m::new(&config).map_err(|error| match error {
            CpuError::Config(reason) => CreateError::Config { board: name(), reason },
            CpuError::Engine(reason) => CreateError::Engine(reason),
        })?;
        for (address, bytes) in &firmware.pieces {
            if !core.poke(*address, bytes) {
                return Err(CreateError::Engine(format!("cannot load {} bytes at {address:#010x}", bytes.len())));
            }
        }
        core.reset();
        let created =
            Created { core_hz: board.chip.reset_hz, entry: firmware.entry.into(), rtt: firmware.rtt.map(u64::from) };
        Ok((Self::of(core, system, Rtt::new(firmware.rtt, firmware.variables)), created))
    }
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
