//! The context switch, the first frame of a task, and the idle loop.
//!
//! What differs between the architectures is in `parts`, which is one of four files: the macros `save`, `save_task`,
//! `if_idle`, `restore` and `idle`, and what a new task's frame needs for them.
//!
//! EXC_RETURN (Armv7-M ARM, B1.5.8): bit 2 says that the frame is on the process stack, bit 4 that it is a basic one.
//! 0xfffffffd: thread mode, PSP, basic; 0xfffffff9: thread mode, MSP, basic. Complements of small numbers make both. In
//! Armv8-M bits 0 and 6 tell the security state as well.

#[cfg(armv6m)]
#[macro_use]
#[path = "v6m.rs"]
mod parts;
#[cfg(not(any(armv6m, limited, target_abi = "eabihf")))]
#[macro_use]
#[path = "v7m.rs"]
mod parts;
#[cfg(all(not(limited), target_abi = "eabihf"))]
#[macro_use]
#[path = "v7m_float.rs"]
mod parts;
#[cfg(limited)]
#[macro_use]
#[path = "limited.rs"]
mod parts;

use crate::port::Run;
use bluekernel_abi::inspect::{STACK_PAINT, SavedLayout};
use core::arch::naked_asm;

unsafe extern "C" {
    fn __bk_select(saved: *mut u8) -> *mut u8;
    fn __bk_yield(saved: *mut u8) -> *mut u8;
}

/// What [`PendSV`] makes, for tools.
pub(super) const SAVED_LAYOUT: SavedLayout = parts::SAVED_LAYOUT;
/// Words that the hardware saves: r0-r3, r12, lr, pc, xPSR (Armv7-M ARM, B1.5.6).
const FRAME_WORDS: usize = 8;
/// xPSR of a new task: only the Thumb bit.
const INITIAL_XPSR: u32 = 1 << 24;

/// What a switched-out task needs; a frame of the hardware on top of a small task's calls, and what the switch saves then.
pub(super) const MIN_STACK: usize = (parts::SAVED_WORDS + FRAME_WORDS) * 4 + FRAME_WORDS * 4 + parts::MOST_SAVED_BYTES;

/// See [`crate::Port::prepare`].
///
/// # Safety
/// As there.
#[cfg_attr(feature = "small", inline(never))]
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
        let saved = frame.sub(parts::SAVED_WORDS);
        parts::prepare(saved, words);
        saved.cast()
    }
}

/// The switch. The handler of the least important exception: it interrupts thread mode only.
///
/// It saves the interrupted task's registers on its own stack, asks the kernel who runs, and restores that task's.
///
/// ```text
///   ┌────────┬────────┬────────────┬─────────┬──────────────────────────┬───────────────┬────────────
///   │ limit  │ r4-r11 │ EXC_RETURN │ s16-s31 │ r0-r3, r12, lr, pc, xPSR │ s0-s15, FPSCR │ the task's own
///   └────────┴────────┴────────────┴─────────┴──────────────────────────┴───────────────┴────────────▶ higher addresses
///   ▲ saved             [2]          [3]       pushed by the hardware     [3]
///     [1]
///
///   [1] only on Armv8-M, and with a guard   [2] only there and with a floating-point unit
///   [3] only if EXC_RETURN says that the frame is extended
/// ```
///
/// Where there is neither, lr is not kept: its two possible values are made anew. With a floating-point unit, the frame of a task
/// that has used it is extended, and its s0-s15 are still in their registers (lazy stacking, B1.5.7): saving s16-s31 is
/// the instruction that makes the hardware put them into the frame first. The frame of a task that has never used it is
/// basic, and for that task none of this happens.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn PendSV() {
    naked_asm!(
        save!(),
        close!(),
        "bl     {select}",
        open!(),
        if_idle!(),
        restore!(),
        "1:",
        idle!(),
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
        close!(),
        "bl     {yield_now}",
        open!(),
        restore!(),
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
        open_all!(),
        "isb",
        "1:",
        "dsb",
        "wfi",
        "b      1b",
        ".ltorg",
        top = sym _stack_start,
    )
}
