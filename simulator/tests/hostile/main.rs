//! Firmware that means harm or means nothing, and files that hold no firmware, on whole boards: nothing panics, nothing
//! runs on beyond its limit or fills the host's memory, and what ends has a reason in words.
//!
//! `BKSIM_FUZZ_SEEDS=20000` runs so many programs and files of each kind, `BKSIM_FUZZ_SEEDS=17..18` just these; a run that
//! fails names its seed.

#[path = "../cpu/asm.rs"]
#[expect(dead_code, reason = "the tests of the core need more of it")]
mod arm_asm;
#[path = "../support/chance.rs"]
mod chance;
#[path = "../support/elf.rs"]
mod elf;
#[path = "../support/numbers.rs"]
mod numbers;
#[path = "../riscv/asm.rs"]
#[expect(dead_code, reason = "the tests of the core need more of it")]
mod riscv_asm;

mod arm;
mod campaign;
mod files;
mod places;
mod riscv;
