//! SiFive's peripherals: those of the Freedom E310, and the one that ends QEMU's simulations.
//!
//! "FE" is SiFive's "FE310-G000 Manual" v3p2, cited by its chapters. Its registers are words: what becomes of a narrow
//! store is not said, and here its other bytes stay as they are.

mod gpio;
mod prci;
mod test;
mod uart;

pub use gpio::SifiveGpio;
pub use prci::SifivePrci;
pub use test::SifiveTest;
pub use uart::SifiveUart;
