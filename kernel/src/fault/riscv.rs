//! Where a RISC-V processor goes on an exception.

use super::origin::Origin;
use super::riscv_report::{self, Fault};
use core::arch::naked_asm;

/// Stores a register in a word of what sp points to.
#[cfg(target_arch = "riscv32")]
macro_rules! store {
    ($($register:literal $word:literal)*) => {
        concat!($("sw ", $register, ", 4*", $word, "(sp)\n"),*)
    };
}

/// The same.
#[cfg(target_arch = "riscv64")]
macro_rules! store {
    ($($register:literal $word:literal)*) => {
        concat!($("sd ", $register, ", 8*", $word, "(sp)\n"),*)
    };
}

/// Bytes of all registers; pc is in the place of x0.
const FRAME: usize = size_of::<[usize; 32]>();

/// Saves all registers and goes to [`fault`]. The vector table's name for it is the arch crate's.
///
/// Reached by an exception only. Runs on the main stack: a task's own may be what is broken. mscratch says whether one
/// executes, see `bluekernel_arch::riscv`; and what it says is not needed any more.
#[unsafe(naked)]
#[unsafe(export_name = "Exception")]
#[unsafe(link_section = ".text.bluekernel.traps")]
unsafe extern "C" fn exception() -> ! {
    naked_asm!(
        "csrrw  sp, mscratch, sp",
        "bnez   sp, 1f",
        "csrrw  sp, mscratch, sp",
        "1:",
        "addi   sp, sp, -{frame}",
        store!("ra" 1 "gp" 3 "tp" 4 "t0" 5 "t1" 6 "t2" 7 "s0" 8 "s1" 9 "a0" 10 "a1" 11 "a2" 12 "a3" 13 "a4" 14 "a5" 15),
        store!("a6" 16 "a7" 17 "s2" 18 "s3" 19 "s4" 20 "s5" 21 "s6" 22 "s7" 23 "s8" 24 "s9" 25 "s10" 26 "s11" 27),
        store!("t3" 28 "t4" 29 "t5" 30 "t6" 31),
        "csrr   t0, mepc",
        store!("t0" 0),
        "mv     a0, sp",
        "csrrw  a1, mscratch, zero",
        "csrr   a2, mcause",
        "csrr   a3, mtval",
        "tail   {fault}",
        frame = const FRAME,
        fault = sym fault,
    )
}

/// Tells what happened, and stops or starts anew.
///
/// `registers` are pc and x1 to x31, but for x2, the stack pointer: in a task it is `task_sp`, and elsewhere, where that is
/// 0, the registers were pushed below it.
extern "C" fn fault(registers: &mut [usize; 32], task_sp: usize, cause: usize, value: usize) -> ! {
    let in_task = task_sp != 0;
    registers[2] = if in_task { task_sp } else { core::ptr::from_ref(registers).addr() + FRAME };
    if super::first_time() {
        crate::trace::fault(cause as u32, registers[0] as u32);
        let origin = if in_task { Origin::running_task() } else { Origin::Main };
        let stack_overflow = overflow(cause, value);
        super::say(&|piece| riscv_report::write(&Fault { cause, value, origin, stack_overflow, registers }, piece));
    }
    super::action::act()
}

/// Whether an access reached the guard below the running task's stack.
#[cfg(guarded)]
fn overflow(cause: usize, address: usize) -> bool {
    /// mcause: access faults of loads and of stores (table 3.6).
    const REFUSED: [usize; 2] = [5, 7];
    REFUSED.contains(&cause) && bluekernel_arch::guard::has(address)
}

/// Nothing says so.
#[cfg(not(guarded))]
fn overflow(_cause: usize, _address: usize) -> bool {
    false
}
