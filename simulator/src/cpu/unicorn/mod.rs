//! The instruction engine on Unicorn, and the only place of this repository's host side with `unsafe` in it.
//!
//! - [`shell`]: Unicorn's C interface with types, nothing else.
//! - [`memory`]: the bytes that Unicorn and we share.
//! - [`pages`]: what the core's pages are, and what may be done with them.
//! - [`device`]: how instructions reach what is not memory.
//! - [`blocks`]: what a run of instructions costs.
//! - [`counted`]: when the instructions of some code ran.
//! - [`shared`]: what an engine and its hooks share.
//! - [`arm`]: the engines of Cortex-M cores. [`riscv`]: those of RISC-V cores.
#![expect(unsafe_code, reason = "Unicorn is a C library: it calls back through raw pointers and shares memory with us")]

mod arm;
mod blocks;
mod counted;
mod device;
mod memory;
mod pages;
pub mod riscv;
mod shared;
mod shell;

pub use arm::{Fast, Oracle};

use super::cortex_m::config::{CoreModel, MemoryRegion};
use super::cortex_m::cycles::CostModel;

/// What an engine is built from.
#[derive(Clone, Debug)]
pub struct EngineConfig<'a> {
    /// Which core.
    pub model: CoreModel,
    /// Memories; everything else is the system's.
    pub memories: &'a [MemoryRegion],
    /// What instructions cost.
    pub costs: CostModel,
    /// The bits of BASEPRI that exist.
    pub priority_mask: u8,
}
