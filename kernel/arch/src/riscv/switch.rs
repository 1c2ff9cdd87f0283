//! The context switch, the first frame of a task, and the idle loop.

#[cfg(riscv_floats)]
use super::frame::{FS, FS_INITIAL, SWITCH_FLOATS, allow_floats, floats_kept_by_calls, load_float, store_float};
use super::frame::{SWITCH_FRAME, kept_by_calls, load, store};
#[cfg(guarded)]
use super::guard::{self, as_machine, as_user, guard_word, load_guard, move_guard, no_guard, save_guard};
use crate::port::Run;
use bluekernel_abi::inspect::STACK_PAINT;
use core::arch::naked_asm;

unsafe extern "C" {
    fn __bk_select(saved: *mut u8) -> *mut u8;
    fn __bk_yield(saved: *mut u8) -> *mut u8;
    /// The top of the main stack, from the linker script.
    pub(super) static _stack_start: u8;
}

/// Bytes between the top of the main stack, where the idle loop's sp is, and where start-up code begins, and a handler
/// that interrupted a task. So the sp of an interrupted idle loop is unlike every other.
pub(super) const IDLE_ROOM: usize = 16;

/// See [`crate::Port::prepare`].
///
/// # Safety
/// As there.
pub(super) unsafe fn prepare(stack: *mut u8, bytes: usize, run: Run, argument: *const ()) -> *mut u8 {
    let words = stack.cast::<u32>();
    for index in 0..bytes / 4 {
        // Volatile, so that the loop stays a loop of a few instructions instead of a call of memset.
        // SAFETY: inside the stack, which is aligned to 8 and ours.
        unsafe { words.add(index).write_volatile(u32::from_ne_bytes([STACK_PAINT; 4])) };
    }
    // The calling convention wants 16.
    let unused = (stack.addr() + bytes) % 16;
    // SAFETY: the stack is at least MIN_STACK long, so the first frame fits below its end.
    unsafe {
        let saved = stack.add(bytes - unused - SWITCH_FRAME);
        let frame = saved.cast::<usize>();
        frame.write(begin as *const () as usize); // ra
        frame.add(1).write(argument as usize); // s0
        frame.add(2).write(run as usize); // s1
        #[cfg(riscv_floats)]
        frame.add(13).write(FS_INITIAL); // status
        #[cfg(guarded)]
        {
            let (guard, word) = guard::kept(stack.addr());
            frame.add(word).write(guard);
        }
        saved
    }
}

/// Where a task's first switch goes: `run(argument)`, with the mask open. It never returns.
#[unsafe(naked)]
#[unsafe(link_section = ".text.bluekernel.traps")]
unsafe extern "C" fn begin() -> ! {
    naked_asm!("mv a0, s0", "csrsi mstatus, 8", "jr s1")
}

/// Saves the calling task's registers on its stack; a0 and sp become what the kernel is called with.
macro_rules! save {
    () => {
        concat!(
            save_floats!(),
            "addi sp, sp, -{frame}\n",
            kept_by_calls!(store),
            save_status!(),
            save_guard!(),
            "mv a0, sp
             csrr sp, mscratch"
        )
    };
}

/// Restores the registers that a0 points to, and goes on where that task left off.
macro_rules! restore {
    () => {
        concat!(
            as_machine!(),
            "mv sp, a0\n",
            load_status!(),
            load_guard!(),
            move_guard!(),
            kept_by_calls!(load),
            "addi sp, sp, {frame}\n",
            restore_floats!(),
            as_user!(),
            "ret",
        )
    };
}

/// The floating-point registers and the rounding mode, if the task has used them. t0 is mstatus.FS then.
#[cfg(riscv_floats)]
macro_rules! save_floats {
    () => {
        concat!(
            allow_floats!(),
            "csrr t0, mstatus
             li t1, {fs}
             and t0, t0, t1
             bne t0, t1, 1f
             addi sp, sp, -{floats}
             frcsr t1\n",
            store!("t1", 0),
            floats_kept_by_calls!(store_float),
            "1:\n",
        )
    };
}

/// The same back. A task that has not used them finds nobody's rounding mode.
#[cfg(riscv_floats)]
macro_rules! restore_floats {
    () => {
        concat!(
            "li t1, {fs}
             li t2, 0
             bne t0, t1, 1f\n",
            load!("t2", 0),
            floats_kept_by_calls!(load_float),
            "addi sp, sp, {floats}
             1:
             fscsr t2
             csrc mstatus, t1
             csrs mstatus, t0\n",
        )
    };
}

/// What says whether they are there.
#[cfg(riscv_floats)]
macro_rules! save_status {
    () => {
        store!("t0", 13)
    };
}

/// The same back.
#[cfg(riscv_floats)]
macro_rules! load_status {
    () => {
        load!("t0", 13)
    };
}

/// None of this without floating-point registers; and without a guard none of what is in `guard`.
#[cfg(not(all(riscv_floats, guarded)))]
macro_rules! nothing {
    ($($name:ident)*) => {$(
        macro_rules! $name {
            () => {
                ""
            };
        }
    )*};
}

#[cfg(not(riscv_floats))]
nothing! { save_floats save_status load_status restore_floats }
#[cfg(not(guarded))]
nothing! { as_machine as_user save_guard load_guard move_guard no_guard }

/// The switch: a function that a task calls with the mask closed. It saves what a called function must keep on the task's
/// stack, asks the kernel on the main stack who runs, and returns to where that task called it.
///
/// At `__bk_next` the idle loop's interrupt comes in, which has nothing to save. Nobody ready is idling: the main stack is
/// empty then, and what comes next begins with an interrupt.
#[unsafe(naked)]
#[unsafe(link_section = ".text.bluekernel.traps")]
pub(super) unsafe extern "C" fn switch() {
    naked_asm!(
        save!(),
        ".globl __bk_next",
        "__bk_next:",
        "li     tp, 0",
        "call   {select}",
        "beqz   a0, 2f",
        restore!(),
        "2:",
        "la     sp, {top}",
        "csrw   mscratch, zero",
        no_guard!(),
        #[cfg(riscv_floats)]
        "li     t0, {forget}",
        #[cfg(riscv_floats)]
        "csrc   mstatus, t0",
        "csrsi  mstatus, 8",
        "3:",
        "wfi",
        "j      3b",
        select = sym __bk_select,
        top = sym _stack_start,
        frame = const SWITCH_FRAME,
        #[cfg(riscv_floats)]
        fs = const FS,
        #[cfg(riscv_floats)]
        forget = const FS & !FS_INITIAL,
        #[cfg(riscv_floats)]
        floats = const SWITCH_FLOATS,
        #[cfg(guarded)]
        guard = const guard::BYTES,
    )
}

/// The switch of a task that yields. There is always a task to run then.
#[unsafe(naked)]
#[unsafe(link_section = ".text.bluekernel.traps")]
pub(super) unsafe extern "C" fn yield_now() {
    naked_asm!(
        save!(),
        "call   {yield_now}",
        restore!(),
        yield_now = sym __bk_yield,
        frame = const SWITCH_FRAME,
        #[cfg(riscv_floats)]
        fs = const FS,
        #[cfg(riscv_floats)]
        floats = const SWITCH_FLOATS,
        #[cfg(guarded)]
        guard = const guard::BYTES,
    )
}

unsafe extern "C" {
    /// In the middle of [`switch`].
    fn __bk_next();
}

/// From an idle loop, or from the end of start-up code, to the first task that is ready. The mask is closed.
///
/// # Safety
/// Nobody needs the main stack's contents.
#[unsafe(naked)]
#[unsafe(link_section = ".text.bluekernel.traps")]
pub(super) unsafe extern "C" fn leave_main_stack() -> ! {
    naked_asm!(
        "la     sp, {top} - {room}",
        "csrw   mscratch, sp",
        "j      {next}",
        top = sym _stack_start,
        room = const IDLE_ROOM,
        next = sym __bk_next,
    )
}
