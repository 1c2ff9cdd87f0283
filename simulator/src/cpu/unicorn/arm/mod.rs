//! The engines of Cortex-M cores.
//!
//! - [`fast`]: the engine; [`hooks`] is its half that Unicorn calls, [`state`] what both share, [`tail`] ends a run inside
//!   a block; [`alias`] knows what was translated for that.
//! - [`execute_never`]: why its stores are fast. [`float_context`]: why Unicorn leaves CONTROL.FPCA alone.
//!   [`single_state`]: why an Armv8-M core has one security state, and where its stack limits are.
//! - [`armv6m`]: how Unicorn's Cortex-M3 becomes a Cortex-M0 or M0+.
//! - [`saved`]: the registers as plain data, and with them the [`exclusive`] monitor.
//! - [`oracle`]: the engine to compare with.

mod alias;
mod armv6m;
mod exclusive;
mod execute_never;
mod fast;
mod float_context;
mod hooks;
mod oracle;
mod saved;
mod single_state;
mod state;
mod tail;

pub use fast::Fast;
pub use oracle::Oracle;
