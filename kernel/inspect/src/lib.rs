//! The one reader of ELF, DWARF and the kernel's inspection table.
//!
//! Simulator, tracer and `bkctl` all learn about firmware from here, so that a question such as "where is that task's
//! stack?" has one answer. The crate reads files and memory; it never writes, and no input makes it panic.
//!
//! | module | owns |
//! |---|---|
//! | [`image`] | the ELF file: segments, sections, symbols, build id; also Intel HEX and raw binaries |
//! | [`arm`] | which cores an Arm file was built for |
//! | [`riscv`] | the same of a RISC-V file |
//! | [`fit`] | whether a core can run a file |
//! | [`table`] | the kernel's own description in the ELF file: tasks, names, where its memory is |
//! | [`memory`] | the trait behind which any memory stands: simulator, probe, core dump |
//! | [`live`] | the tasks of a running (or dead) kernel, from table and memory |
//! | [`footprint`] | flash and RAM by region, section, crate and symbol |
//! | [`source`] | address to source line |
//! | [`code`] | where the code of some functions is |
//! | [`calls`] | which functions some code calls |
//! | [`saved`] | the registers of a task that does not run, and its call stack |
//! | [`unwind`] | the call stack of a halted Cortex-M core |
//! | [`unwind_riscv`] | the call stack on RISC-V |
#![forbid(unsafe_code)]

pub mod arm;
mod attributes;
pub mod calls;
pub mod code;
pub mod fit;
pub mod footprint;
pub mod image;
pub mod live;
pub mod memory;
mod plain;
pub mod riscv;
pub mod saved;
pub mod source;
mod symbols;
pub mod table;
mod tables;
pub mod types;
pub mod unwind;
pub mod unwind_riscv;

pub use arm::ArmAttributes;
pub use fit::Core;
pub use image::{Architecture, Image, ImageError, Section, Segment, Symbol, SymbolKind};
pub use memory::Memory;
pub use riscv::RiscvAttributes;
pub use table::{ControlBlocks, KernelTable, TableError, TaskInfo};
