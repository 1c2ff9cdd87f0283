//! Copying memory in 30 bytes of code, where the compiler's function takes 900: for feature `small`.
//!
//! The compiler calls these by name where a copy is long, or its length is not known. Its own are weak symbols, which are
//! not linked where there are others. (Run-time ABI for the Arm Architecture, 4.3.4: the names with a number promise
//! alignment, and none of them but C's returns anything.)

use core::arch::naked_asm;

/// C's: returns `to`. In words, as the processor allows at any address; what is left of them in bytes.
#[cfg(not(armv6m))]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8 {
    naked_asm!(
        "mov r12, r0",
        "1: subs r2, #4",
        "blo 2f",
        "ldr r3, [r1], #4",
        "str r3, [r0], #4",
        "b 1b",
        "2: adds r2, #4",
        "3: subs r2, #1",
        "blo 4f",
        "ldrb r3, [r1], #1",
        "strb r3, [r0], #1",
        "b 3b",
        "4: mov r0, r12",
        "bx lr",
    )
}

/// C's: returns `to`. In bytes, since no word may be read across a boundary.
#[cfg(armv6m)]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8 {
    // From the end, so that `to` stays.
    naked_asm!("1: subs r2, #1", "blo 2f", "ldrb r3, [r1, r2]", "strb r3, [r0, r2]", "b 1b", "2: bx lr",)
}

/// Arm's.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn __aeabi_memcpy(to: *mut u8, from: *const u8, bytes: usize) {
    naked_asm!("b {memcpy}", memcpy = sym memcpy)
}

/// Arm's, of words.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn __aeabi_memcpy4(to: *mut u32, from: *const u32, bytes: usize) {
    naked_asm!("b {memcpy}", memcpy = sym memcpy)
}

/// Arm's, of double words.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn __aeabi_memcpy8(to: *mut u64, from: *const u64, bytes: usize) {
    naked_asm!("b {memcpy}", memcpy = sym memcpy)
}
