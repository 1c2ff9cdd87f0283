//! The engines of RISC-V cores.
//!
//! - [`fast`]: the engine; [`hooks`] is its half that Unicorn calls, [`state`] what both share, [`tail`] ends a run inside
//!   a block and executes what Unicorn cannot.
//! - [`translation`]: where Unicorn finds memory, and what it may do there.
//! - [`registers`]: what Unicorn calls the core's registers. [`measure`]: what its instructions cost. [`system`]: what
//!   hooks call. [`reservation`]: that of LR, which Unicorn has no name for.
//! - [`boxes`]: single precision in wider registers.
//! - [`oracle`]: the engine to compare with.

mod boxes;
mod fast;
mod hooks;
mod measure;
mod oracle;
mod registers;
mod reservation;
mod state;
mod system;
mod tail;
mod translation;

pub use fast::Fast;
pub use oracle::Oracle;

use crate::cpu::config::MemoryRegion;
use crate::cpu::riscv::cycles::CostModel;

/// What an engine is built from.
#[derive(Clone, Debug)]
pub struct EngineConfig<'a> {
    /// Memories; everything else is the system's.
    pub memories: &'a [MemoryRegion],
    /// The instruction set, and what instructions cost.
    pub costs: CostModel,
}

/// Code aliases may be anywhere, but for the last page.
const EXECUTABLE_SPACE: [(u64, u64); 1] = [(0, (1 << 32) - 0x1000)];
