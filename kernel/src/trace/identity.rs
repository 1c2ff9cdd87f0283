//! What the linker knows of the image: which one it is, and from where its objects are numbered.
#![cfg_attr(target_os = "none", expect(unsafe_code, reason = "reads what the linker script puts in the image"))]

/// The first eight bytes of the ELF's build id, or 0.
#[cfg(target_os = "none")]
pub(super) fn build_id() -> u64 {
    unsafe extern "C" {
        static __bk_build_id_note: u8;
        static __bk_build_id_note_end: u8;
    }
    /// Three words of sizes and type, and `GNU\0`.
    const HEADER: usize = 16;
    let note = &raw const __bk_build_id_note;
    if ((&raw const __bk_build_id_note_end) as usize).wrapping_sub(note as usize) < HEADER + 8 {
        return 0;
    }
    // SAFETY: the linker script puts a note of at least so many bytes between the two symbols.
    unsafe { note.add(HEADER).cast::<u64>().read_unaligned() }
}

/// A host process has none.
#[cfg(not(target_os = "none"))]
pub(super) fn build_id() -> u64 {
    0
}

/// The address from which objects are numbered: the start of RAM.
#[cfg(all(target_os = "none", not(feature = "trace")))]
pub(super) fn object_base() -> usize {
    unsafe extern "C" {
        static __bk_object_base: u8;
    }
    (&raw const __bk_object_base).addr()
}

/// On the host, addresses are what they are.
#[cfg(not(any(target_os = "none", feature = "trace")))]
pub(super) fn object_base() -> usize {
    0
}
