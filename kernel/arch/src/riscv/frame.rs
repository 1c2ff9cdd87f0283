//! What is saved where: the instructions by the width of the registers, and the two frames.
//!
//! ```text
//!   ┌────┬────────┬────────┬──────┬─────────┐   ┌──────┬────┬───────┬────┬───────┬───────┬────────┬──────────────────┐
//!   │ ra │ s0-s11 │ status │ fcsr │ fs0-fs11│   │ mepc │ ra │ t0-t2 │ s0 │ a0-a7 │ t3-t6 │ status │ ft0-11, fa0-7    │
//!   └────┴────────┴────────┴──────┴─────────┘   └──────┴────┴───────┴────┴───────┴───────┴────────┴──────────────────┘
//!   ▲ saved          [1]      [2]     [2]         [3]                                       [1]            [2]
//!     the call of a switch                        a trap, where a task was interrupted: ra is then `__bk_resume`
//!
//!   [1] only with floating-point registers   [2] filled only if status says that the task has used them
//!   [3] filled only if the trap switches
//! ```
//! Higher addresses are to the right. Both frames are a multiple of 16 bytes, the alignment of the calling convention.

use bluekernel_abi::inspect::SavedLayout;

/// Bytes of a register.
pub(super) const WIDTH: usize = size_of::<usize>();
/// Whether the calling convention passes floating-point values in registers, so that code may use them.
const FLOATS: bool = cfg!(target_feature = "f");
/// Bytes of a floating-point register.
const FLOAT_WIDTH: usize = if cfg!(target_feature = "d") { 8 } else { 4 };

/// Words before the floating-point registers of a switch: ra, s0-s11; status, fcsr.
const SWITCH_WORDS: usize = if FLOATS { 15 } else { 13 };
/// Words before those of a trap: mepc, ra, t0-t2, s0, a0-a7, t3-t6; status.
const TRAP_WORDS: usize = if FLOATS { 19 } else { 18 };

/// Where the floating-point registers begin.
pub(super) const SWITCH_FLOATS: usize = (SWITCH_WORDS * WIDTH).next_multiple_of(8);
/// The same in a trap's frame.
pub(super) const TRAP_FLOATS: usize = (TRAP_WORDS * WIDTH).next_multiple_of(8);

/// Bytes of a switch's frame.
pub(super) const SWITCH_FRAME: usize = (SWITCH_FLOATS + if FLOATS { 12 * FLOAT_WIDTH } else { 0 }).next_multiple_of(16);
/// Bytes of a trap's frame.
pub(super) const TRAP_FRAME: usize = (TRAP_FLOATS + if FLOATS { 20 * FLOAT_WIDTH } else { 0 }).next_multiple_of(16);

/// Both, what aligning a stack may cost, and some calls of a small task.
pub(super) const MIN_STACK: usize = TRAP_FRAME + SWITCH_FRAME + 8 * WIDTH;

/// What [`switch`](super::switch) makes, for tools.
pub(super) const SAVED_LAYOUT: SavedLayout = match (WIDTH, FLOATS) {
    (4, false) => SavedLayout::RiscV32,
    (4, true) => SavedLayout::RiscV32Float,
    (_, false) => SavedLayout::RiscV64,
    (_, true) => SavedLayout::RiscV64Float,
};

/// mstatus.FS (Priv 3.1.6.6): 0 off, 1 initial, 2 clean, 3 dirty.
#[cfg(target_feature = "f")]
pub(super) const FS: usize = 3 << 13;
/// FS of a task that has not used floating-point registers.
#[cfg(target_feature = "f")]
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
            $each!("t0", 2),
            $each!("t1", 3),
            $each!("t2", 4),
            $each!("s0", 5),
            $each!("a0", 6),
            $each!("a1", 7),
            $each!("a2", 8),
            $each!("a3", 9),
            $each!("a4", 10),
            $each!("a5", 11),
            $each!("a6", 12),
            $each!("a7", 13),
            $each!("t3", 14),
            $each!("t4", 15),
            $each!("t5", 16),
            $each!("t6", 17),
        )
    };
}

/// Stores a floating-point register behind the words of a switch's frame (`{switch_floats}`) or a trap's.
#[cfg(all(target_feature = "f", not(target_feature = "d")))]
macro_rules! store_float {
    ($base:literal, $register:literal, $number:literal) => {
        concat!("fsw ", $register, ", {", $base, "} + 4*", $number, "(sp)\n")
    };
}

/// Loads it.
#[cfg(all(target_feature = "f", not(target_feature = "d")))]
macro_rules! load_float {
    ($base:literal, $register:literal, $number:literal) => {
        concat!("flw ", $register, ", {", $base, "} + 4*", $number, "(sp)\n")
    };
}

/// Stores a floating-point register behind the words of a switch's frame (`{switch_floats}`) or a trap's.
#[cfg(target_feature = "d")]
macro_rules! store_float {
    ($base:literal, $register:literal, $number:literal) => {
        concat!("fsd ", $register, ", {", $base, "} + 8*", $number, "(sp)\n")
    };
}

/// Loads it.
#[cfg(target_feature = "d")]
macro_rules! load_float {
    ($base:literal, $register:literal, $number:literal) => {
        concat!("fld ", $register, ", {", $base, "} + 8*", $number, "(sp)\n")
    };
}

/// The floating-point registers that a called function must keep.
#[cfg(target_feature = "f")]
macro_rules! floats_kept_by_calls {
    ($each:ident) => {
        concat!(
            $each!("switch_floats", "fs0", 0),
            $each!("switch_floats", "fs1", 1),
            $each!("switch_floats", "fs2", 2),
            $each!("switch_floats", "fs3", 3),
            $each!("switch_floats", "fs4", 4),
            $each!("switch_floats", "fs5", 5),
            $each!("switch_floats", "fs6", 6),
            $each!("switch_floats", "fs7", 7),
            $each!("switch_floats", "fs8", 8),
            $each!("switch_floats", "fs9", 9),
            $each!("switch_floats", "fs10", 10),
            $each!("switch_floats", "fs11", 11),
        )
    };
}

/// Those that it may change.
#[cfg(target_feature = "f")]
macro_rules! floats_changed_by_calls {
    ($each:ident) => {
        concat!(
            $each!("trap_floats", "ft0", 0),
            $each!("trap_floats", "ft1", 1),
            $each!("trap_floats", "ft2", 2),
            $each!("trap_floats", "ft3", 3),
            $each!("trap_floats", "ft4", 4),
            $each!("trap_floats", "ft5", 5),
            $each!("trap_floats", "ft6", 6),
            $each!("trap_floats", "ft7", 7),
            $each!("trap_floats", "ft8", 8),
            $each!("trap_floats", "ft9", 9),
            $each!("trap_floats", "ft10", 10),
            $each!("trap_floats", "ft11", 11),
            $each!("trap_floats", "fa0", 12),
            $each!("trap_floats", "fa1", 13),
            $each!("trap_floats", "fa2", 14),
            $each!("trap_floats", "fa3", 15),
            $each!("trap_floats", "fa4", 16),
            $each!("trap_floats", "fa5", 17),
            $each!("trap_floats", "fa6", 18),
            $each!("trap_floats", "fa7", 19),
        )
    };
}

pub(super) use {changed_by_calls, kept_by_calls, load, store};
#[cfg(target_feature = "f")]
pub(super) use {floats_changed_by_calls, floats_kept_by_calls, load_float, store_float};
