//! The engines of Cortex-M cores.
//!
//! - [`fast`]: the engine; [`hooks`] is its half that Unicorn calls, [`state`] what both share, [`tail`] ends a run inside
//!   a block.
//! - [`float_context`]: why Unicorn leaves CONTROL.FPCA alone. [`context`]: fields of what Unicorn saves.
//! - [`strict`]: how alignment is checked. [`exclusive`]: where the exclusive monitor is.
//! - [`single_state`]: why an Armv8-M core has one security state, and where its stack limits are.
//! - [`armv6m`]: how Unicorn's Cortex-M3 becomes a Cortex-M0 or M0+.
//! - [`oracle`]: the engine to compare with.

mod armv6m;
mod context;
mod exclusive;
mod fast;
mod float_context;
mod hooks;
mod oracle;
mod single_state;
mod state;
mod strict;
mod tail;

pub use fast::Fast;
pub use oracle::Oracle;
