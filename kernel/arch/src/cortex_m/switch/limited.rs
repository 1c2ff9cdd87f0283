//! The switch's parts where each task brings the limit of its stack along: in Armv8-M the register PSPLIM; with the feature
//! `stack-guard` the address of the MPU's region below the stack. lr is kept: in Armv8-M, bits of it tell the security
//! state.

use bluekernel_abi::inspect::SavedLayout;

pub(super) const SAVED_LAYOUT: SavedLayout = SavedLayout::CortexMLimit;
/// Words that are saved of a task that does not use floating-point registers: the limit, r4-r11 and EXC_RETURN.
pub(super) const SAVED_WORDS: usize = 10;
/// The most that is saved, s16-s31 as well, and what else must lie below the task's own part of the stack.
pub(super) const MOST_SAVED_BYTES: usize =
    (SAVED_WORDS + if cfg!(target_abi = "eabihf") { 16 } else { 0 }) * 4 + limit::BYTES;

/// EXC_RETURN of a new task without the bits of the security state: thread mode, process stack, a frame without
/// floating-point registers (Armv8-M ARM, D1.2, EXC_RETURN).
const INITIAL_EXC_RETURN: u32 = 0xffff_ffbc;
/// EXC_RETURN.S and ES: the stack is the Secure one, and the exception was taken to Secure state. In Armv7-M both are ones.
const SECURE: u32 = 1 << 6 | 1 << 0;

/// Makes a new task's saved registers, at `saved`: the limit of its stack, whose lowest address is `stack`, and EXC_RETURN.
///
/// # Safety
/// [`SAVED_WORDS`] words there are the caller's to write.
pub(super) unsafe fn prepare(saved: *mut u32, stack: *mut u32) {
    // SAFETY: the first and the last of those words.
    unsafe {
        saved.write(limit::of(stack.addr()) as u32);
        saved.add(SAVED_WORDS - 1).write(INITIAL_EXC_RETURN | if limit::is_secure() { SECURE } else { 0 });
    }
}

/// PSPLIM.
#[cfg(armv8m)]
#[macro_use]
mod limit {
    use core::arch::asm;

    /// The limit takes nothing.
    pub(super) const BYTES: usize = 0;

    /// The limit lies so far above the stack's end that what the switch saves has room below: it saves without regard to
    /// it. What the task and the hardware push is checked.
    pub(super) fn of(stack: usize) -> usize {
        stack + super::MOST_SAVED_BYTES
    }

    /// Whether the processor is in Secure state. There TT tells the state of an address (bit 22), and code is where its
    /// state is; in Non-secure state, and without the Security Extension, the bit reads as 0 (C2.4, TT).
    pub(super) fn is_secure() -> bool {
        let code = is_secure as fn() -> bool as usize;
        let response: u32;
        // SAFETY: reads what is known of an address.
        unsafe { asm!("tt {}, {}", out(reg) response, in(reg) code, options(nomem, nostack, preserves_flags)) };
        response & 1 << 22 != 0
    }

    macro_rules! read_limit {
        () => {
            "mrs    r3, psplim"
        };
    }

    macro_rules! write_limit {
        () => {
            "msr    psplim, r3"
        };
    }
}

/// The base address of the MPU's selected region (MPU_RBAR, at 0xe000ed9c; Armv7-M ARM, B3.5.8).
#[cfg(not(armv8m))]
#[macro_use]
mod limit {
    use super::super::super::guard;

    /// The guard, the room below it, and what may lie between where that room does not end at a multiple of the guard's size.
    pub(super) const BYTES: usize = 2 * guard::BYTES + guard::ROOM;

    /// Where the guard of a stack is.
    pub(super) fn of(stack: usize) -> usize {
        guard::of(stack)
    }

    /// As it were: bits that are ones here tell it there.
    pub(super) fn is_secure() -> bool {
        true
    }

    macro_rules! read_limit {
        () => {
            "movw   r2, #0xed9c
             movt   r2, #0xe000
             ldr    r3, [r2]"
        };
    }

    macro_rules! write_limit {
        () => {
            "movw   r2, #0xed9c
             movt   r2, #0xe000
             str    r3, [r2]"
        };
    }
}

/// Saves the registers that an extended frame asks for.
#[cfg(target_abi = "eabihf")]
macro_rules! save_floats {
    () => {
        ".fpu   fpv4-sp-d16
         tst    lr, #16
         it     eq
         vstmdbeq r0!, {{s16-s31}}"
    };
}

/// And restores them.
#[cfg(target_abi = "eabihf")]
macro_rules! restore_floats {
    () => {
        "tst    lr, #16
         it     eq
         vldmiaeq r0!, {{s16-s31}}"
    };
}

/// There are none.
#[cfg(not(target_abi = "eabihf"))]
macro_rules! save_floats {
    () => {
        ""
    };
}

/// There are none.
#[cfg(not(target_abi = "eabihf"))]
macro_rules! restore_floats {
    () => {
        ""
    };
}

/// Saves the interrupted task's registers on its stack, and makes r0 point to them; nothing for the idle loop, whose frame
/// is always basic. r4 keeps lr for `idle`.
macro_rules! save {
    () => {
        concat!(
            "mrs    r0, psp
            ",
            read_limit!(),
            "
            ",
            save_floats!(),
            "
             tst    lr, #4
             it     ne
             stmdbne r0!, {{r3-r11, lr}}
             mov    r4, lr"
        )
    };
}

/// The same for SVC, which only a task executes.
macro_rules! save_task {
    () => {
        concat!(
            "mrs    r0, psp
            ",
            read_limit!(),
            "
            ",
            save_floats!(),
            "
             stmdb  r0!, {{r3-r11, lr}}"
        )
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
        concat!(
            "ldmia  r0!, {{r3-r11, lr}}
            ",
            restore_floats!(),
            "
            ",
            write_limit!(),
            "
             msr    psp, r0
             bx     lr"
        )
    };
}

/// Returns to the idle loop: the EXC_RETURN with which the switch began, but for the main stack (bit 2) and a basic frame
/// (bit 4).
macro_rules! idle {
    () => {
        "bic    lr, r4, #4
         orr    lr, lr, #16
         bx     lr"
    };
}
