//! The instruction engine on Unicorn, and the only place of this repository's host side with `unsafe` in it.
//!
//! - [`shell`]: Unicorn's C interface with types, nothing else.
//! - [`memory`]: the bytes that Unicorn and we share.
//! - [`device`]: how instructions reach what is not memory.
//! - [`blocks`]: what a run of instructions costs.
//! - [`fast`]: the engine; [`hooks`] is its half that Unicorn calls, [`state`] what both share, [`tail`] ends a run inside
//!   a block.
//! - [`execute_never`]: why its stores are fast. [`float_context`]: why Unicorn leaves CONTROL.FPCA alone.
//! - [`oracle`]: the engine to compare with.
#![expect(unsafe_code, reason = "Unicorn is a C library: it calls back through raw pointers and shares memory with us")]

mod blocks;
mod device;
mod execute_never;
mod fast;
mod float_context;
mod hooks;
mod memory;
mod oracle;
mod shell;
mod state;
mod tail;

pub use fast::Fast;
pub use oracle::Oracle;

use super::cortex_m::config::{CoreModel, MemoryRegion};
use super::cycles::CostModel;

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
