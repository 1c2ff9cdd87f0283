//! The debug probe that every simulated chip can be reached by: what a Glasgow Interface Explorer with its `probe-rs`
//! applet is to a chip on a desk, so that probe-rs works on this one with its own driver and its own flash algorithms.
//!
//! ```text
//!  probe-rs ── TCP, Unix socket ──▶ listener   bytes, on a thread of its own
//!                                      │
//!                                   glasgow    frames, commands, which reply tells of a fault
//!                                      │
//!                                     dap      debug port, access port for memory        (Arm IHI 0031)
//!                                      │
//!                                     Chip     the machine: memory, devices, core, reset pin
//! ```
//!
//! Only serial wire debug, and one core: of several, core 0.

pub mod dap;
pub mod glasgow;
pub mod listener;
#[cfg(test)]
pub(crate) mod testing;

/// An access of the debugger was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// A chip, as its debug pins reach it.
pub trait Chip {
    /// Loads 1, 2 or 4 bytes from an address that is a multiple of that.
    ///
    /// # Errors
    /// [`Refused`] where nothing answers.
    fn load(&mut self, address: u32, size: u8) -> Result<u32, Refused>;

    /// Stores them.
    ///
    /// # Errors
    /// [`Refused`] where nothing answers.
    fn store(&mut self, address: u32, size: u8, value: u32) -> Result<(), Refused>;

    /// Pulls the reset pin low, or lets it go.
    fn set_reset(&mut self, asserted: bool);

    /// A batch of the debugger's commands is done.
    fn end_batch(&mut self);
}
