//! The stack guard (feature `stack-guard`): a range of the physical memory protection (Priv 3.7) without access, at the low end
//! of the running task's stack. The switch moves it ([`switch`](super::switch)); a task that reaches it dies of a fault.
//!
//! All code runs in machine mode, which entries that can be moved do not bind. But while mstatus.MPRV is set, loads and
//! stores are checked as those of the mode in mstatus.MPP (3.1.6.3). It is set from the start on, and the hardware does the
//! rest: a trap makes MPP the machine's mode, so what saves registers is not bound; MRET makes it the user's, so what was
//! interrupted is bound again. A switch, which is a call, does the same for itself.
//!
//! So the guard may be where a trap and the switch behind it save registers of a task that has come close to it. It is as large
//! as that, and larger by what a function may have taken in it when the trap comes, and not written to yet. A function with a
//! larger frame may leap over it without touching it. The unit is the kernel's alone.
//! It must have three entries, and a grain of not more than the 8 bytes that stacks are aligned to.

use super::frame;
use core::arch::asm;

/// Bytes that a function may take in the guard, before what is saved below them reaches beyond the stack.
const TAKEN: usize = 32;
/// The size of the guard.
pub(super) const BYTES: usize =
    TAKEN + frame::SWITCH_FRAME + frame::SWITCH_FLOATS + frame::TRAP_FRAME + frame::TRAP_FLOATS;

/// The end of the guard of a stack whose lowest address is `stack`.
#[must_use]
pub const fn end(stack: usize) -> usize {
    stack + BYTES
}

/// pmpcfg0, a byte an entry: the guard's begin (entry 0: off), the guard up to its end (1: no access), and all memory (2: a
/// power of two, and every access).
const CONFIGURATION: usize = 0b0001_1111 << 16 | 0b0000_1000 << 8;
/// mstatus.MPRV.
const MPRV: usize = 1 << 17;

/// Switches the unit on. The guard is empty, up to where it begins, until there is a task.
pub(super) fn init() {
    // SAFETY: the unit is the kernel's, and nobody's memory is forbidden by this.
    unsafe {
        asm!(
            "csrw pmpaddr0, {all}",
            "csrw pmpaddr1, {all}",
            "csrw pmpaddr2, {all}",
            "csrw pmpcfg0, {configuration}",
            "csrs mstatus, {mprv}",
            all = in(reg) usize::MAX,
            configuration = in(reg) CONFIGURATION,
            mprv = in(reg) MPRV,
            options(nostack),
        );
    }
}

/// Whether `address` is in the guard. From any context.
#[must_use]
pub fn has(address: usize) -> bool {
    let (begin, end): (usize, usize);
    // SAFETY: reads registers.
    unsafe {
        asm!("csrr {}, pmpaddr0", "csrr {}, pmpaddr1", out(reg) begin, out(reg) end, options(nomem, nostack));
    }
    (begin..end).contains(&(address >> 2))
}

/// What a task's frame keeps of the guard of a stack whose lowest address is `stack`: its begin, as pmpaddr has it. And the
/// frame's word that it is in.
#[cfg(not(all(riscv_floats, target_arch = "riscv64")))]
pub(super) const fn kept(stack: usize) -> (usize, usize) {
    (stack >> 2, if cfg!(target_arch = "riscv32") { 14 } else { 13 })
}

/// The same. No word is free: the lower bits of this one are the task's status.
#[cfg(all(riscv_floats, target_arch = "riscv64"))]
pub(super) const fn kept(stack: usize) -> (usize, usize) {
    (stack >> 2 << 16 | frame::FS_INITIAL, 13)
}

/// Loads and stores are the machine mode's. Uses t0.
macro_rules! as_machine {
    () => {
        "li t0, 3 << 11
         csrs mstatus, t0\n"
    };
}

/// Loads and stores are the user mode's. Uses t0.
macro_rules! as_user {
    () => {
        "li t0, 3 << 11
         csrc mstatus, t0\n"
    };
}

/// The frame's word, of a register that is stored or loaded.
#[cfg(target_arch = "riscv32")]
macro_rules! guard_word {
    ($each:ident) => {
        $each!("t1", 14)
    };
}

/// The frame's word, of a register that is stored or loaded.
#[cfg(target_arch = "riscv64")]
macro_rules! guard_word {
    ($each:ident) => {
        $each!("t1", 13)
    };
}

/// Saves what [`kept`] tells in the frame at sp. Uses t1.
#[cfg(not(all(riscv_floats, target_arch = "riscv64")))]
macro_rules! save_guard {
    () => {
        concat!("csrr t1, pmpaddr0\n", guard_word!(store))
    };
}

/// The same, with the status, which t0 is.
#[cfg(all(riscv_floats, target_arch = "riscv64"))]
macro_rules! save_guard {
    () => {
        concat!(
            "csrr t1, pmpaddr0
             slli t1, t1, 16
             or t1, t1, t0\n",
            guard_word!(store),
        )
    };
}

/// Makes t1 what was kept in the frame at sp.
#[cfg(not(all(riscv_floats, target_arch = "riscv64")))]
macro_rules! load_guard {
    () => {
        guard_word!(load)
    };
}

/// The same. t0 is that word, and becomes the status alone.
#[cfg(all(riscv_floats, target_arch = "riscv64"))]
macro_rules! load_guard {
    () => {
        "srli t1, t0, 16
         slli t0, t0, 48
         srli t0, t0, 48\n"
    };
}

/// Moves the guard to where t1 says. What has no virtual memory needs no fence (3.7.2).
#[cfg(target_arch = "riscv32")]
macro_rules! move_guard {
    () => {
        "csrw pmpaddr0, t1
         addi t1, t1, {guard} / 4
         csrw pmpaddr1, t1\n"
    };
}

/// Moves the guard to where t1 says.
#[cfg(target_arch = "riscv64")]
macro_rules! move_guard {
    () => {
        "csrw pmpaddr0, t1
         addi t1, t1, {guard} / 4
         csrw pmpaddr1, t1
         sfence.vma\n"
    };
}

/// Empties the guard: whoever starts the task again that was the last to run paints its stack. Uses t0.
macro_rules! no_guard {
    () => {
        "csrr t0, pmpaddr0
         csrw pmpaddr1, t0"
    };
}

pub(super) use {as_machine, as_user, guard_word, load_guard, move_guard, no_guard, save_guard};
