//! From a chip's core, as the board's file names it, to a model of it.

use bluekernel_boards::model::{Board, Memory};

use super::create::{CreateError, Options};
use crate::cpu::Core;
use crate::cpu::config::{CpuError, MemoryRegion};
use crate::cpu::cortex_m::{self, CoreModel, CortexConfig};
use crate::cpu::riscv::{self, RiscvConfig, RiscvModel};
use crate::devices::RiscvClint;
use crate::firmware::Firmware;

/// What kind of machine a board asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Arm's microcontrollers.
    CortexM(CoreModel),
    /// RISC-V harts.
    Riscv(RiscvModel),
}

impl Family {
    /// The kind of machine that the board's file names, with the core of its chip.
    pub(super) fn of(board: &Board) -> Result<Self, CreateError> {
        let unknown = |what, name: &str, known: String| {
            Err(CreateError::Unknown { board: board.name.clone(), what, name: name.to_owned(), known })
        };
        match board.sim.machine.as_str() {
            "cortex-m" => match CoreModel::by_name(&board.chip.core) {
                Some(model) => Ok(Self::CortexM(model)),
                None => unknown("core", &board.chip.core, CoreModel::known().collect::<Vec<_>>().join(", ")),
            },
            "riscv" => match RiscvModel::by_name(&board.chip.core) {
                Some(model) => Ok(Self::Riscv(model)),
                None => unknown("core", &board.chip.core, RiscvModel::known().collect::<Vec<_>>().join(", ")),
            },
            other => unknown("machine", other, "cortex-m, riscv".to_owned()),
        }
    }

    /// Whether a pointer has 64 bits.
    pub(super) fn has_wide_pointers(self) -> bool {
        matches!(self, Self::Riscv(model) if model.isa().xlen() == 64)
    }

    /// Builds the core with empty memories, and tells where it begins after reset: the address of the vector table of a
    /// Cortex-M, of the first instruction of a RISC-V hart.
    pub(super) fn build(
        self,
        board: &Board,
        firmware: Option<&Firmware>,
        options: Options<'_>,
    ) -> Result<(Box<dyn Core>, u32), CreateError> {
        let start_of_code = board.code_memory().and_then(|memory| u32::try_from(memory.base).ok()).unwrap_or(0);
        let memories = memories(board)?;
        match self {
            Self::CortexM(model) => {
                let table = reset_vector(board, firmware.map_or(start_of_code, |firmware| firmware.vector_table));
                let nvic = board.chip.nvic().ok_or_else(|| CreateError::Config {
                    board: board.name.clone(),
                    reason: format!("a {} has an NVIC, and the chip has none", board.chip.core),
                })?;
                let config = CortexConfig {
                    model,
                    irqs: nvic.irqs,
                    prio_bits: nvic.prio_bits,
                    memories,
                    mpu_regions: board.chip.mpu_regions,
                    vector_table: table,
                    without_systick: !board.chip.systick,
                    systick_reference: board.chip.systick_divider,
                    instruction_clock: options.instruction_clock,
                };
                let new = if options.single_step { cortex_m::new_single_step_cluster } else { cortex_m::new_cluster };
                let core = new(&config, board.chip.cores).map_err(|error| refused(board, error))?;
                Ok((core, table))
            }
            Self::Riscv(_) if board.chip.cores > 1 => Err(CreateError::Config {
                board: board.name.clone(),
                reason: format!("the chip has {} harts, and bksim runs one", board.chip.cores),
            }),
            Self::Riscv(model) => {
                // What belongs to somebody else is a boot loader, which is not simulated: it would jump behind itself.
                let offset = u32::try_from(board.linker.flash_offset).unwrap_or(0);
                let start = firmware.map_or(start_of_code.saturating_add(offset), |firmware| firmware.entry);
                let config = RiscvConfig {
                    model,
                    hart: 0,
                    memories,
                    reset_address: start,
                    mtime: mtime(board),
                    pmp_entries: board.chip.mpu_regions,
                    instruction_clock: options.instruction_clock,
                };
                let new = if options.single_step { riscv::new_single_step } else { riscv::new };
                let core = new(&config).map_err(|error| refused(board, error))?;
                Ok((core, start))
            }
        }
    }

    /// The first instruction of a core that begins at `start`; 0 if that is erased.
    pub(super) fn entry(self, core: &dyn Core, start: u32) -> u64 {
        match self {
            Self::CortexM(_) => {
                let mut reset = [0xFF; 4];
                core.peek(start.wrapping_add(4), &mut reset);
                if reset == [0xFF; 4] { 0 } else { u64::from(u32::from_le_bytes(reset) & !1) }
            }
            Self::Riscv(_) => start.into(),
        }
    }
}

fn refused(board: &Board, error: CpuError) -> CreateError {
    match error {
        CpuError::Config(reason) => CreateError::Config { board: board.name.clone(), reason },
        CpuError::Engine(reason) => CreateError::Engine(reason),
    }
}

/// What the `time` register of a RISC-V core shows, if the chip has it.
fn mtime(board: &Board) -> Option<u32> {
    let clint = board.chip.peripherals.iter().find(|peripheral| peripheral.model.as_deref() == Some("riscv-clint"));
    let base = u32::try_from(clint.filter(|_| board.chip.time_csr)?.base).ok()?;
    base.checked_add(RiscvClint::MTIME)
}

/// Where a Cortex-M looks for the vector table after reset: at 0, if that is where the chip shows the memory it is in.
fn reset_vector(board: &Board, table: u32) -> u32 {
    let mirrored = |memory: &&Memory| memory.base == u64::from(table) && memory.aliases.contains(&0);
    if board.code_memory().filter(mirrored).is_some() { 0 } else { table }
}

fn memories(board: &Board) -> Result<Vec<MemoryRegion>, CreateError> {
    let memories = board.chip.memory.iter().map(|memory| {
        region(memory).ok_or_else(|| CreateError::Config {
            board: board.name.clone(),
            reason: format!("memory {} ends beyond 32-bit addresses", memory.name),
        })
    });
    memories.collect()
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
