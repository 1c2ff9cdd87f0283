//! The switch's parts for Armv6-M: its multiple transfers go upwards and know r0-r7 only, and nothing is conditional but a
//! branch.

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

/// Saves the interrupted task's registers on its stack, and makes r0 point to them; nothing for the idle loop. Bit 2 of
/// EXC_RETURN becomes the sign.
macro_rules! save {
    () => {
        concat!(
            "mov    r0, lr
             lsls   r0, r0, #29
             bpl    2f
            ",
            save_task!(),
            "
             2:"
        )
    };
}

/// The same for SVC, which only a task executes.
macro_rules! save_task {
    () => {
        "mrs    r0, psp
         subs   r0, #32
         stmia  r0!, {{r4-r7}}
         mov    r4, r8
         mov    r5, r9
         mov    r6, r10
         mov    r7, r11
         stmia  r0!, {{r4-r7}}
         subs   r0, #32"
    };
}

/// Goes to `1:` if r0 is null.
macro_rules! if_idle {
    () => {
        "cmp    r0, #0
         beq    1f"
    };
}

/// Restores the registers that r0 points to, and returns to their task.
macro_rules! restore {
    () => {
        "adds   r0, #16
         ldmia  r0!, {{r4-r7}}
         mov    r8, r4
         mov    r9, r5
         mov    r10, r6
         mov    r11, r7
         msr    psp, r0
         subs   r0, #32
         ldmia  r0!, {{r4-r7}}
         movs   r0, #2
         mvns   r0, r0
         bx     r0"
    };
}

/// Returns to the idle loop.
macro_rules! idle {
    () => {
        "movs   r0, #6
         mvns   r0, r0
         bx     r0"
    };
}
