//! The context switch, the first frame of a task, and the idle loop.

use crate::port::Run;
use bluekernel_abi::inspect::STACK_PAINT;
use core::arch::naked_asm;

unsafe extern "C" {
    fn __bk_select(saved: *mut u8) -> *mut u8;
}

/// Words that PendSV saves: r4-r11.
const SAVED_WORDS: usize = 8;
/// Words that the hardware saves: r0-r3, r12, lr, pc, xPSR (Armv7-M ARM, B1.5.6).
const FRAME_WORDS: usize = 8;
/// xPSR of a new task: only the Thumb bit.
const INITIAL_XPSR: u32 = 1 << 24;

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
        frame.sub(SAVED_WORDS).cast()
    }
}

// EXC_RETURN: bit 2 says that the frame is on the process stack (B1.5.8). 0xfffffffd: thread mode, PSP;
// 0xfffffff9: thread mode, MSP. `mvn` makes both in one instruction.

/// The switch. The handler of the least important exception: it interrupts thread mode only.
///
/// It saves the interrupted task's r4-r11 on its own stack, asks the kernel who runs, and restores that task's.
/// `lr` is not kept: the two possible values are made anew.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn PendSV() {
    naked_asm!(
        "tst    lr, #4",
        "itt    ne",
        "mrsne  r0, psp",
        "stmdbne r0!, {{r4-r11}}",
        "cpsid  i",
        "bl     {select}",
        "cpsie  i",
        "cbz    r0, 1f",
        "ldmia  r0!, {{r4-r11}}",
        "msr    psp, r0",
        "mvn    lr, #2",
        "bx     lr",
        "1:",
        "mvn    lr, #6",
        "bx     lr",
        select = sym __bk_select,
    )
}

unsafe extern "C" {
    /// The top of the main stack, from the linker script.
    static _stack_start: u8;
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
