//! The switch's parts for Armv7-M without floating-point registers: lr is not kept, its two values are made anew.

use bluekernel_abi::inspect::SavedLayout;

pub(super) const SAVED_LAYOUT: SavedLayout = SavedLayout::CortexM;
/// Words that are saved: r4-r11.
pub(super) const SAVED_WORDS: usize = 8;
/// And never more.
pub(super) const MOST_SAVED_BYTES: usize = SAVED_WORDS * 4;

/// A new task's registers hold whatever lies there.
///
/// # Safety
/// None is needed.
pub(super) unsafe fn prepare(_saved: *mut u32, _stack: *mut u32) {}

/// Saves the interrupted task's registers on its stack, and makes r0 point to them; nothing for the idle loop.
macro_rules! save {
    () => {
        "tst    lr, #4
         itt    ne
         mrsne  r0, psp
         stmdbne r0!, {{r4-r11}}"
    };
}

/// The same for SVC, which only a task executes.
macro_rules! save_task {
    () => {
        "mrs    r0, psp
         stmdb  r0!, {{r4-r11}}"
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
        "ldmia  r0!, {{r4-r11}}
         msr    psp, r0
         mvn    lr, #2
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
