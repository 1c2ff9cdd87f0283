//! A word of which the compiler learns nothing, for code whose instructions are counted.
#![cfg_attr(target_os = "none", expect(unsafe_code, reason = "an assembler's comment"))]

/// `value`, so that the compiler leaves the operations in front of this and behind it as they are written.
#[cfg(target_os = "none")]
#[inline(always)]
pub(super) fn opaque(value: u32) -> u32 {
    let same;
    // SAFETY: nothing is done; the text is a comment.
    unsafe {
        core::arch::asm!("/* {0} */", inlateout(reg) value => same, options(pure, nomem, nostack, preserves_flags));
    }
    same
}

/// As [`opaque`].
#[cfg(all(target_os = "none", feature = "trace"))]
#[inline(always)]
#[expect(clippy::pointers_in_nomem_asm_block, reason = "the pointer is passed on, and nothing behind it is touched")]
pub(super) fn opaque_pointer(value: *mut u8) -> *mut u8 {
    let same;
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("/* {0} */", inlateout(reg) value => same, options(pure, nomem, nostack, preserves_flags));
    }
    same
}

/// On the host it may know.
#[cfg(not(target_os = "none"))]
pub(super) fn opaque(value: u32) -> u32 {
    value
}

/// On the host it may know.
#[cfg(all(not(target_os = "none"), any(test, feature = "trace")))]
pub(super) fn opaque_pointer(value: *mut u8) -> *mut u8 {
    value
}
