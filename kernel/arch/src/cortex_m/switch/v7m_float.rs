//! The switch's parts for Armv7E-M with floating-point registers. `.fpu`: the assembler is not told what the compiler
//! knows; a unit with double precision has the same registers.

use bluekernel_abi::inspect::SavedLayout;

pub(super) const SAVED_LAYOUT: SavedLayout = SavedLayout::CortexMFloat;
/// Words that are saved of a task that does not use floating-point registers: r4-r11 and EXC_RETURN.
pub(super) const SAVED_WORDS: usize = 9;
/// The least a stack has room for: tasks that use those registers need more.
pub(super) const MOST_SAVED_BYTES: usize = SAVED_WORDS * 4;
/// EXC_RETURN of a new task: thread mode, process stack, a frame without floating-point registers.
const INITIAL_EXC_RETURN: u32 = 0xffff_fffd;

/// Makes a new task's saved registers, at `saved`: its EXC_RETURN.
///
/// # Safety
/// [`SAVED_WORDS`] words there are the caller's to write.
pub(super) unsafe fn prepare(saved: *mut u32, _stack: *mut u32) {
    // SAFETY: the last of those words.
    unsafe { saved.add(SAVED_WORDS - 1).write(INITIAL_EXC_RETURN) };
}

/// Saves the interrupted task's registers on its stack, and makes r0 point to them; nothing for the idle loop, whose frame
/// is always basic.
macro_rules! save {
    () => {
        ".fpu   fpv4-sp-d16
         mrs    r0, psp
         tst    lr, #16
         it     eq
         vstmdbeq r0!, {{s16-s31}}
         tst    lr, #4
         it     ne
         stmdbne r0!, {{r4-r11, lr}}"
    };
}

/// The same for SVC, which only a task executes.
macro_rules! save_task {
    () => {
        ".fpu   fpv4-sp-d16
         mrs    r0, psp
         tst    lr, #16
         it     eq
         vstmdbeq r0!, {{s16-s31}}
         stmdb  r0!, {{r4-r11, lr}}"
    };
}

/// Goes to `1:` if r0 is null.
macro_rules! if_idle {
    () => {
        "cbz    r0, 1f"
    };
}

/// Restores the registers that r0 points to, and returns to their task.
macro_rules! restore {
    () => {
        "ldmia  r0!, {{r4-r11, lr}}
         tst    lr, #16
         it     eq
         vldmiaeq r0!, {{s16-s31}}
         msr    psp, r0
         bx     lr"
    };
}

/// Returns to the idle loop.
macro_rules! idle {
    () => {
        "mvn    lr, #6
         bx     lr"
    };
}
