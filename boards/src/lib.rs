//! Chips and boards as data.
//!
//! Two kinds of TOML files describe the hardware: `chips/NAME.toml` what a chip is, `boards/NAME.toml` what is around
//! it. From the pair come the linker script, the kernel's constants, the simulated machine, the flash method and the
//! size budgets. A person's own board needs no change to the kit: [`registry::SearchPath`] looks in the project's
//! `boards/` folder first, then in the user's, then at what is built in.
//!
//! | module | owns |
//! |---|---|
//! | [`model`] | a board as the tools see it, in plain numbers |
//! | [`registry`] | finding files, and joining a board with its chip |
//! | [`lint`] | what files can say that no hardware can be |
//! | [`generate`] | memory.x, device.x and board.rs |
//! | [`diagnostic`] | messages that show the line |
#![forbid(unsafe_code)]

mod board_file;
mod chip_file;
pub mod diagnostic;
pub mod generate;
pub mod lint;
pub mod model;
mod nearest;
mod reader;
pub mod registry;

pub use model::Board;
pub use registry::{BoardError, Registry, SearchPath};
