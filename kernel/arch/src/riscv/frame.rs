//! What is saved where: the instructions by the width of the registers, and the two frames.
//!
//! ```text
//!   saved
//!   ▼ the call of a switch                              the trap that called it, if one did: ra is `__bk_resume` then
//!   ┌────┬────────┬──────────┬───────────────────┐   ┌────────────────┬───────┬────────┬───────┬────┬───────┬───────┐
//!   │ ra │ s0-s11 │ status 1 │ fcsr, fs0-fs11  2 │   │ mepc, status 1 │ ...   │ ra     │ t0-t2 │ s0 │ a0-a7 │ t3-t6 │
//!   └────┴────────┴──────────┴───────────────────┘   └────────────────┴───────┴────────┴───────┴────┴───────┴───────┘
//!                                                       ... 2: ft0-ft11, fa0-fa7, and once more mepc, status
//!
//!   1 where there are floating-point registers   2 if status says that the task has used them
//! ```
//! Higher addresses are to the right. Each part is a multiple of 16 bytes, the alignment of the calling convention.

use bluekernel_abi::inspect::SavedLayout;

/// Bytes of a register.
const WIDTH: usize = size_of::<usize>();
/// Whether code may use floating-point registers.
const FLOATS: bool = cfg!(riscv_floats);

/// Bytes of a switch's frame: ra, s0-s11, status.
pub(super) const SWITCH_FRAME: usize = (14 * WIDTH).next_multiple_of(16);
/// Bytes of the floating-point registers behind it: fcsr, fs0-fs11.
#[cfg(any(riscv_floats, guarded))]
pub(super) const SWITCH_FLOATS: usize = if FLOATS { (13 * WIDTH).next_multiple_of(16) } else { 0 };
/// Bytes of a trap's frame: mepc, status, ra, t0-t2, s0, a0-a7, t3-t6.
pub(super) const TRAP_FRAME: usize = (19 * WIDTH).next_multiple_of(16);
/// Bytes of the floating-point registers before it: mepc, status, ft0-ft11, fa0-fa7.
#[cfg(any(riscv_floats, guarded))]
pub(super) const TRAP_FLOATS: usize = if FLOATS { (22 * WIDTH).next_multiple_of(16) } else { 0 };

/// Both frames without floating-point registers, what aligning a stack may cost, and some calls of a small task.
#[cfg(not(guarded))]
pub(super) const MIN_STACK: usize = TRAP_FRAME + SWITCH_FRAME + 8 * WIDTH;
/// The guard, in which both frames may be, the frame of a switch that the task itself makes, and the rest as above.
#[cfg(guarded)]
pub(super) const MIN_STACK: usize = super::guard::BYTES + SWITCH_FRAME + 8 * WIDTH;

/// What [`switch`](super::switch) makes, for tools.
pub(super) const SAVED_LAYOUT: SavedLayout = match (WIDTH, FLOATS) {
    (4, false) => SavedLayout::RiscV32,
    (4, true) => SavedLayout::RiscV32Float,
    (_, false) => SavedLayout::RiscV64,
    (_, true) => SavedLayout::RiscV64Float,
};

/// mstatus.FS (Priv 3.1.6.6): 0 off, 1 initial, 2 clean, 3 dirty.
#[cfg(riscv_floats)]
pub(super) const FS: usize = 3 << 13;
/// FS of a task that has not used floating-point registers.
#[cfg(riscv_floats)]
pub(super) const FS_INITIAL: usize = 1 << 13;

/// Stores a register in a word of the frame at sp, or at another register.
#[cfg(target_arch = "riscv32")]
macro_rules! store {
    ($register:literal, $word:literal) => {
        store!($register, $word, "sp")
    };
    ($register:literal, $word:literal, $frame:literal) => {
        concat!("sw ", $register, ", 4*", $word, "(", $frame, ")\n")
    };
}

/// Loads it.
#[cfg(target_arch = "riscv32")]
macro_rules! load {
    ($register:literal, $word:literal) => {
        load!($register, $word, "sp")
    };
    ($register:literal, $word:literal, $frame:literal) => {
        concat!("lw ", $register, ", 4*", $word, "(", $frame, ")\n")
    };
}

/// Stores a register in a word of the frame at sp, or at another register.
#[cfg(target_arch = "riscv64")]
macro_rules! store {
    ($register:literal, $word:literal) => {
        store!($register, $word, "sp")
    };
    ($register:literal, $word:literal, $frame:literal) => {
        concat!("sd ", $register, ", 8*", $word, "(", $frame, ")\n")
    };
}

/// Loads it.
#[cfg(target_arch = "riscv64")]
macro_rules! load {
    ($register:literal, $word:literal) => {
        load!($register, $word, "sp")
    };
    ($register:literal, $word:literal, $frame:literal) => {
        concat!("ld ", $register, ", 8*", $word, "(", $frame, ")\n")
    };
}

/// What a called function must keep.
macro_rules! kept_by_calls {
    ($each:ident) => {
        concat!(
            $each!("ra", 0),
            $each!("s0", 1),
            $each!("s1", 2),
            $each!("s2", 3),
            $each!("s3", 4),
            $each!("s4", 5),
            $each!("s5", 6),
            $each!("s6", 7),
            $each!("s7", 8),
            $each!("s8", 9),
            $each!("s9", 10),
            $each!("s10", 11),
            $each!("s11", 12),
        )
    };
}

/// What a called function may change, but for ra; and s0, which a trap's own code needs.
macro_rules! changed_by_calls {
    ($each:ident) => {
        concat!(
            $each!("t0", 3),
            $each!("t1", 4),
            $each!("t2", 5),
            $each!("s0", 6),
            $each!("a0", 7),
            $each!("a1", 8),
            $each!("a2", 9),
            $each!("a3", 10),
            $each!("a4", 11),
            $each!("a5", 12),
            $each!("a6", 13),
            $each!("a7", 14),
            $each!("t3", 15),
            $each!("t4", 16),
            $each!("t5", 17),
            $each!("t6", 18),
        )
    };
}

/// Stores a floating-point register behind so many words of what sp points to.
#[cfg(all(target_arch = "riscv32", riscv_floats))]
macro_rules! store_float {
    ($words:literal, $register:literal, $number:literal) => {
        concat!("fsw ", $register, ", 4*(", $words, "+", $number, ")(sp)\n")
    };
}

/// Loads it.
#[cfg(all(target_arch = "riscv32", riscv_floats))]
macro_rules! load_float {
    ($words:literal, $register:literal, $number:literal) => {
        concat!("flw ", $register, ", 4*(", $words, "+", $number, ")(sp)\n")
    };
}

/// Stores a floating-point register behind so many words of what sp points to.
#[cfg(all(target_arch = "riscv64", riscv_floats))]
macro_rules! store_float {
    ($words:literal, $register:literal, $number:literal) => {
        concat!("fsd ", $register, ", 8*(", $words, "+", $number, ")(sp)\n")
    };
}

/// Loads it.
#[cfg(all(target_arch = "riscv64", riscv_floats))]
macro_rules! load_float {
    ($words:literal, $register:literal, $number:literal) => {
        concat!("fld ", $register, ", 8*(", $words, "+", $number, ")(sp)\n")
    };
}

/// Lets the assembler take floating-point instructions from here on: it is not told what the compiler knows.
#[cfg(all(target_arch = "riscv32", riscv_floats))]
macro_rules! allow_floats {
    () => {
        ".option arch, +f\n"
    };
}

/// The same.
#[cfg(all(target_arch = "riscv64", riscv_floats))]
macro_rules! allow_floats {
    () => {
        ".option arch, +d\n"
    };
}

/// The floating-point registers that a called function must keep.
#[cfg(riscv_floats)]
macro_rules! floats_kept_by_calls {
    ($each:ident) => {
        concat!(
            $each!(1, "fs0", 0),
            $each!(1, "fs1", 1),
            $each!(1, "fs2", 2),
            $each!(1, "fs3", 3),
            $each!(1, "fs4", 4),
            $each!(1, "fs5", 5),
            $each!(1, "fs6", 6),
            $each!(1, "fs7", 7),
            $each!(1, "fs8", 8),
            $each!(1, "fs9", 9),
            $each!(1, "fs10", 10),
            $each!(1, "fs11", 11),
        )
    };
}

/// Those that it may change.
#[cfg(riscv_floats)]
macro_rules! floats_changed_by_calls {
    ($each:ident) => {
        concat!(
            $each!(2, "ft0", 0),
            $each!(2, "ft1", 1),
            $each!(2, "ft2", 2),
            $each!(2, "ft3", 3),
            $each!(2, "ft4", 4),
            $each!(2, "ft5", 5),
            $each!(2, "ft6", 6),
            $each!(2, "ft7", 7),
            $each!(2, "ft8", 8),
            $each!(2, "ft9", 9),
            $each!(2, "ft10", 10),
            $each!(2, "ft11", 11),
            $each!(2, "fa0", 12),
            $each!(2, "fa1", 13),
            $each!(2, "fa2", 14),
            $each!(2, "fa3", 15),
            $each!(2, "fa4", 16),
            $each!(2, "fa5", 17),
            $each!(2, "fa6", 18),
            $each!(2, "fa7", 19),
        )
    };
}

#[cfg(riscv_floats)]
pub(super) use {allow_floats, floats_changed_by_calls, floats_kept_by_calls, load_float, store_float};
pub(super) use {changed_by_calls, kept_by_calls, load, store};
