//! From reset to `main`, as `cortex-m-rt` does it on the other family.
//!
//! Our own, and not the crate `riscv-rt`: what that adds to these lines is its trap entry, which is the very part that a
//! kernel brings itself, and four crates that every project would carry.

#[cfg(riscv_floats)]
use super::frame::allow_floats;
use super::switch::{_stack_start, IDLE_ROOM};
use super::trap;
use core::arch::naked_asm;

unsafe extern "C" {
    fn main() -> !;
    static __sdata: u8;
    static __edata: u8;
    static __sidata: u8;
    static __sbss: u8;
    static __ebss: u8;
}

/// The first instruction. The linker script puts it first.
///
/// Harts but the first one sleep. Like a Cortex-M after reset, `main` begins with an open mask, and every interrupt is
/// disabled.
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.start")]
unsafe extern "C" fn _start() -> ! {
    naked_asm!(
        "csrci  mstatus, 8",
        "csrw   mie, zero",
        // A program that starts itself anew leaves a guard behind; a reset does this.
        #[cfg(guarded)]
        "li     t0, 1 << 17", // mstatus.MPRV
        #[cfg(guarded)]
        "csrc   mstatus, t0",
        "csrr   t0, mhartid",
        "bnez   t0, 5f",
        ".option push",
        ".option norelax",
        "la     gp, __global_pointer$",
        ".option pop",
        "la     sp, {stack} - {room}", // as a handler's
        "li     tp, 0",
        "csrw   mscratch, zero",
        "la     t0, {vectors} + 1", // vectored (Priv 3.1.7)
        "csrw   mtvec, t0",
        // mstatus.FS: on; and initial (Priv 3.1.6.6), for this is not a use.
        #[cfg(riscv_floats)]
        allow_floats!(),
        #[cfg(riscv_floats)]
        "li     t0, 3 << 13",
        #[cfg(riscv_floats)]
        "csrs   mstatus, t0",
        #[cfg(riscv_floats)]
        "fscsr  zero",
        #[cfg(riscv_floats)]
        "li     t0, 1 << 14",
        #[cfg(riscv_floats)]
        "csrc   mstatus, t0",
        "la     t0, {data_from}",
        "la     t1, {data}",
        "la     t2, {data_end}",
        "bgeu   t1, t2, 2f",
        "1:",
        "lw     t3, 0(t0)",
        "sw     t3, 0(t1)",
        "addi   t0, t0, 4",
        "addi   t1, t1, 4",
        "bltu   t1, t2, 1b",
        "2:",
        "la     t1, {bss}",
        "la     t2, {bss_end}",
        "bgeu   t1, t2, 4f",
        "3:",
        "sw     zero, 0(t1)",
        "addi   t1, t1, 4",
        "bltu   t1, t2, 3b",
        "4:",
        "csrsi  mstatus, 8",
        "call   {main}",
        "5:",
        "wfi",
        "j      5b",
        stack = sym _stack_start,
        room = const IDLE_ROOM,
        vectors = sym trap::__bk_vectors,
        data_from = sym __sidata,
        data = sym __sdata,
        data_end = sym __edata,
        bss = sym __sbss,
        bss_end = sym __ebss,
        main = sym main,
    )
}

/// What an interrupt without a handler, or a fault without a report, ends in. A program may define `DefaultHandler`.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.bluekernel.traps")]
extern "C" fn __bk_default_handler() {
    loop {
        core::hint::spin_loop();
    }
}
