//! The context switch, the first frame of a task, and the idle loop.

use crate::port::Run;
use bluekernel_abi::inspect::{STACK_PAINT, SavedLayout};
use core::arch::naked_asm;

unsafe extern "C" {
    fn __bk_select(saved: *mut u8) -> *mut u8;
    fn __bk_yield(saved: *mut u8) -> *mut u8;
}

/// What [`PendSV`] makes, for tools.
pub(super) const SAVED_LAYOUT: SavedLayout =
    if cfg!(target_abi = "eabihf") { SavedLayout::CortexMFloat } else { SavedLayout::CortexM };
/// Words that PendSV saves of a new task: r4-r11 and, with a floating-point unit, EXC_RETURN.
const SAVED_WORDS: usize = if cfg!(target_abi = "eabihf") { 9 } else { 8 };
/// Words that the hardware saves: r0-r3, r12, lr, pc, xPSR (Armv7-M ARM, B1.5.6).
const FRAME_WORDS: usize = 8;
/// xPSR of a new task: only the Thumb bit.
const INITIAL_XPSR: u32 = 1 << 24;

/// EXC_RETURN of a new task: thread mode, process stack, a frame without floating-point registers.
#[cfg(target_abi = "eabihf")]
const INITIAL_EXC_RETURN: u32 = 0xffff_fffd;

/// Both, and as much again for the calls of a small task.
pub(super) const MIN_STACK: usize = (SAVED_WORDS + FRAME_WORDS) * 4 * 2;

/// See [`crate::Port::prepare`].
///
/// # Safety
/// As there.
pub(super) unsafe fn prepare(stack: *mut u8, bytes: usize, run: Run, argument: *const ()) -> *mut u8 {
    let words = stack.cast::<u32>();
    let count = bytes / 4;
    for index in 0..count {
        // Volatile, so that the loop stays a loop of four instructions instead of a call of memset.
        // SAFETY: inside the stack, which is aligned to 8 and ours.
        unsafe { words.add(index).write_volatile(u32::from_ne_bytes([STACK_PAINT; 4])) };
    }
    // SAFETY: the stack is at least MIN_STACK long, so both parts of the first context fit below its end.
    unsafe {
        let frame = words.add(count - FRAME_WORDS);
        frame.write(argument as usize as u32); // r0
        frame.add(6).write(run as usize as u32 & !1); // pc
        frame.add(7).write(INITIAL_XPSR);
        #[cfg(target_abi = "eabihf")]
        frame.sub(1).write(INITIAL_EXC_RETURN);
        frame.sub(SAVED_WORDS).cast()
    }
}

// EXC_RETURN (B1.5.8): bit 2 says that the frame is on the process stack, bit 4 that it is a basic one. 0xfffffffd: thread
// mode, PSP, basic; 0xfffffff9: thread mode, MSP, basic. `mvn` makes both in one instruction.

/// Saves the interrupted task's registers on its stack, and makes r0 point to them; nothing for the idle loop.
#[cfg(not(target_abi = "eabihf"))]
macro_rules! save {
    () => {
        "tst lr, #4
         itt ne
         mrsne r0, psp
         stmdbne r0!, {{r4-r11}}"
    };
}

/// The same for SVC, which only a task executes.
#[cfg(not(target_abi = "eabihf"))]
macro_rules! save_task {
    () => {
        "mrs r0, psp
         stmdb r0!, {{r4-r11}}"
    };
}

/// The same; the idle loop's frame is always basic. `.fpu`: the assembler is not told what the compiler knows.
#[cfg(target_abi = "eabihf")]
macro_rules! save {
    () => {
        ".fpu fpv4-sp-d16
         mrs r0, psp
         tst lr, #16
         it eq
         vstmdbeq r0!, {{s16-s31}}
         tst lr, #4
         it ne
         stmdbne r0!, {{r4-r11, lr}}"
    };
}

/// The same for SVC.
#[cfg(target_abi = "eabihf")]
macro_rules! save_task {
    () => {
        ".fpu fpv4-sp-d16
         mrs r0, psp
         tst lr, #16
         it eq
         vstmdbeq r0!, {{s16-s31}}
         stmdb r0!, {{r4-r11, lr}}"
    };
}

/// Restores the registers that r0 points to, and makes lr the EXC_RETURN of their task.
#[cfg(not(target_abi = "eabihf"))]
macro_rules! restore {
    () => {
        "ldmia r0!, {{r4-r11}}
         msr psp, r0
         mvn lr, #2"
    };
}

/// The same.
#[cfg(target_abi = "eabihf")]
macro_rules! restore {
    () => {
        "ldmia r0!, {{r4-r11, lr}}
         tst lr, #16
         it eq
         vldmiaeq r0!, {{s16-s31}}
         msr psp, r0"
    };
}

/// The switch. The handler of the least important exception: it interrupts thread mode only.
///
/// It saves the interrupted task's registers on its own stack, asks the kernel who runs, and restores that task's.
///
/// ```text
///   ┌────────┬────────────┬─────────┬────────────────────────────┬───────────────┬────────────
///   │ r4-r11 │ EXC_RETURN │ s16-s31 │ r0-r3, r12, lr, pc, xPSR   │ s0-s15, FPSCR │ the task's own
///   └────────┴────────────┴─────────┴────────────────────────────┴───────────────┴────────────▶ higher addresses
///   ▲ saved    [1]          [2]       pushed by the hardware       [2]
///
///   [1] only with a floating-point unit   [2] only if EXC_RETURN says that the frame is extended
/// ```
///
/// Without a floating-point unit lr is not kept: its two possible values are made anew. With one, the frame of a task
/// that has used it is extended, and its s0-s15 are still in their registers (lazy stacking, B1.5.7): saving s16-s31 is
/// the instruction that makes the hardware put them into the frame first. The frame of a task that has never used it is
/// basic, and for that task none of this happens.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn PendSV() {
    naked_asm!(
        save!(),
        "cpsid  i",
        "bl     {select}",
        "cpsie  i",
        "cbz    r0, 1f",
        restore!(),
        "bx     lr",
        "1:",
        "mvn    lr, #6",
        "bx     lr",
        select = sym __bk_select,
    )
}

/// The switch of a task that yields: as [`PendSV`], whose priority it has, but it is taken where the task executes SVC.
/// There is always a task to run then.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn SVCall() {
    naked_asm!(
        save_task!(),
        "cpsid  i",
        "bl     {yield_now}",
        "cpsie  i",
        restore!(),
        "bx     lr",
        yield_now = sym __bk_yield,
    )
}

unsafe extern "C" {
    /// The top of the main stack, from the linker script.
    static _stack_start: u8;
}

/// Nothing to forget.
#[cfg(not(target_abi = "eabihf"))]
macro_rules! forget_floats {
    () => {
        ""
    };
}

/// Start-up code may have used floating-point registers: CONTROL.FPCA = 0 says that nobody needs them any more. Else the
/// first switch would find an extended frame here.
#[cfg(target_abi = "eabihf")]
macro_rules! forget_floats {
    () => {
        "mov r0, #0
         msr control, r0
         isb"
    };
}

/// Empties the main stack, opens the mask and sleeps for ever. See [`crate::Port::idle`].
///
/// # Safety
/// Nobody needs the main stack's contents.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn idle() -> ! {
    naked_asm!(
        "ldr    r0, ={top}",
        "msr    msp, r0",
        forget_floats!(),
        "cpsie  i",
        "isb",
        "1:",
        "dsb",
        "wfi",
        "b      1b",
        ".ltorg",
        top = sym _stack_start,
    )
}
