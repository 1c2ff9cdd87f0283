//! The engines of Cortex-M cores.
//!
//! - [`fast`]: the engine; [`hooks`] is its half that Unicorn calls, [`state`] what both share, [`tail`] ends a run inside
//!   a block, [`refused`] is what comes of accesses and fetches that may not be.
//! - [`float_context`]: why Unicorn leaves CONTROL.FPCA alone. [`context`]: fields of what Unicorn saves.
//! - [`strict`]: how alignment is checked. [`exclusive`]: where the exclusive monitor is.
//! - [`single_state`]: why an Armv8-M core has one security state, and where its stack limits are.
//! - [`armv6m`]: how Unicorn's Cortex-M3 becomes a Cortex-M0 or M0+.
//! - [`saved`]: the registers as plain data, and with them the [`exclusive`] monitor.
//! - [`registers`]: what Unicorn calls the core's registers. [`measure`]: what its instructions cost. [`system`]: what
//!   hooks call.
//! - [`oracle`]: the engine to compare with.

mod armv6m;
mod checks;
mod context;
mod exclusive;
mod fast;
mod float_context;
mod hooks;
mod measure;
mod oracle;
mod refused;
mod registers;
mod rounding;
mod saved;
mod single_state;
mod state;
mod strict;
mod system;
mod tail;

pub use fast::Fast;
pub use oracle::Oracle;

/// Where the core may run code and where, by that, code aliases may lie: Armv7-M's default map makes the rest XN
/// (Arm DDI 0403E, table B3-1).
const EXECUTABLE_SPACE: [(u64, u64); 2] = [(0x6000_0000, 0xa000_0000), (0, 0x4000_0000)];
