//! The engines of Cortex-M cores.
//!
//! - [`fast`]: the engine; [`hooks`] is its half that Unicorn calls, [`state`] what both share, [`tail`] ends a run inside
//!   a block.
//! - [`execute_never`]: why its stores are fast. [`float_context`]: why Unicorn leaves CONTROL.FPCA alone. [`strict`]: how
//!   alignment is checked. [`exclusive`]: where the exclusive monitor is.
//! - [`oracle`]: the engine to compare with.

mod exclusive;
mod execute_never;
mod fast;
mod float_context;
mod hooks;
mod oracle;
mod state;
mod strict;
mod tail;

pub use fast::Fast;
pub use oracle::Oracle;
