//! Random instruction sequences on bksim and on QEMU, which nobody here wrote: what a sequence leaves behind in
//! registers, flags and memory must be the same on both, and so must the fault that ends it.
//!
//! ```text
//! profile ─▶ thumb, riscv ─▶ sequence ─▶ image ─▶ judge ─▶ campaign ─▶ report
//!  a core     what to encode              an ELF   both     compares,    shows what differs,
//!                                                  run it   shrinks      unless deviations knows it
//! ```
//!
//! bksim is reached as any client reaches it, QEMU as a process. On bksim, half of the images are interrupted every few
//! cycles, at no instruction in particular, which a sequence must not notice.
#![forbid(unsafe_code)]

pub mod campaign;
pub mod deviations;
pub mod elf;
pub mod image;
pub mod judge;
pub mod kept;
pub mod numbers;
pub mod pattern;
pub mod profile;
pub mod report;
pub mod riscv;
pub mod sequence;
pub mod thumb;
