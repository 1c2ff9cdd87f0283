//! The trace stream, version 1: bytes of a running kernel, in order, over any channel that keeps order.
//!
//! ```text
//! stream  = { record }
//! record  = event | sync
//! event   = head:u8 (1..=0xbf)  field:LEB128 × FIELDS[head]  delta:LEB128
//!         | head:u8 (0xc0..)    len:LEB128  payload:u8 × len  delta:LEB128
//! sync    = 0x00 × 8 or more  0x01  version core sequence cycles drops running flags   (all LEB128)
//! ```
//!
//! * `delta` is the trace clock's cycles since the previous record. `cycles` in a SYNC is absolute and starts the next
//!   delta. LEB128 is unsigned and canonical (no superfluous zero byte at the end). A head of 0xc0 or more that a
//!   decoder does not know is skipped by its length.
//! * **No event holds eight zero bytes in a row**: heads are never 0, no record has more than six LEB128 numbers in a
//!   row, and payloads obey the rule. So eight zeros always announce a SYNC, and a decoder that is lost looks for them.
//! * A SYNC is a keyframe. It is sent after reset, every [`SYNC_INTERVAL_BYTES`], after a burst of drops, and on
//!   request. `sequence` and `cycles` count from 1; behind the last `sequence` of 32 bits comes 1. `drops` is the total
//!   of events lost since reset. `running` is 0 for idle, task number + 1 otherwise.
//! * The producer drops whole events and counts them; it never writes a part of one.

/// The version that a SYNC carries.
pub const VERSION: u8 = 1;

/// A SYNC is due when this many bytes were written since the last one.
pub const SYNC_INTERVAL_BYTES: u32 = 1024;

/// The fewest zero bytes that announce a SYNC; the encoder writes exactly so many.
pub const SYNC_ZEROS: usize = 8;

/// The byte behind the zeros.
pub const SYNC_MARK: u8 = 0x01;

/// The most bytes a SYNC of this version takes: zeros, mark, and seven numbers of which one has 64 bits.
pub const SYNC_MAX_BYTES: usize = SYNC_ZEROS + 1 + 1 + 1 + 5 + 10 + 5 + 2 + 1;

/// The sequence of the SYNC behind that of `last`; 0 if there was none.
#[inline]
#[must_use]
pub const fn next_sequence(last: u32) -> u32 {
    let (next, wraps) = last.overflowing_add(1);
    next + wraps as u32
}

/// SYNC flag: the first one after a reset.
pub const FLAG_BOOT: u64 = 1;
/// SYNC flag: an exception handler runs.
pub const FLAG_IN_ISR: u64 = 2;
/// SYNC flag: events were lost since the previous SYNC.
pub const FLAG_AFTER_DROPS: u64 = 4;

/// The heads. A range `A..=A+N` carries a number in the head itself.
pub mod head {
    /// SWITCH_IN of task 0; up to task 30 at `SWITCH_IN + 30`.
    pub const SWITCH_IN: u8 = 0x01;
    /// SWITCH_IN of any task: field `task`.
    pub const SWITCH_IN_EXT: u8 = 0x20;
    /// READY of task 0; up to task 30 at `READY + 30`.
    pub const READY: u8 = 0x21;
    /// READY of any task: field `task`.
    pub const READY_EXT: u8 = 0x40;
    /// ISR_ENTER of external interrupt 0 (exception 16); up to interrupt 14 at `ISR_ENTER + 14`.
    pub const ISR_ENTER: u8 = 0x41;
    /// ISR_ENTER of any exception: field `exception`.
    pub const ISR_ENTER_EXT: u8 = 0x50;
    /// ISR_EXIT.
    pub const ISR_EXIT: u8 = 0x51;
    /// IDLE.
    pub const IDLE: u8 = 0x52;
    /// BLOCK: fields `reason`, `object`, `timeout`.
    pub const BLOCK: u8 = 0x53;
    /// TASK_NEW: fields `task`, `priority`, `stack`.
    pub const TASK_NEW: u8 = 0x54;
    /// TASK_EXIT: field `task`.
    pub const TASK_EXIT: u8 = 0x55;
    /// PRIO: fields `task`, `priority`, `cause`, `object`.
    pub const PRIORITY: u8 = 0x56;
    /// OBJ: fields `op`, `object`, `value`.
    pub const OBJECT: u8 = 0x57;
    /// TIMER_ARM: field `ticks`.
    pub const TIMER_ARM: u8 = 0x58;
    /// TIMER_FIRE: field `task`.
    pub const TIMER_FIRE: u8 = 0x59;
    /// MARK_BEGIN: field `id`.
    pub const MARK_BEGIN: u8 = 0x5a;
    /// MARK_END: field `id`.
    pub const MARK_END: u8 = 0x5b;
    /// MARK_INSTANT: fields `id`, `value`.
    pub const MARK_INSTANT: u8 = 0x5c;
    /// COUNTER: fields `id`, `value` (zigzag).
    pub const COUNTER: u8 = 0x5d;
    /// STACK: fields `task`, `free`.
    pub const STACK: u8 = 0x5e;
    /// FAULT: fields `kind`, `address`.
    pub const FAULT: u8 = 0x5f;
    /// DROPS: field `count`.
    pub const DROPS: u8 = 0x60;
    /// TIMING: fields `object`, `period`, `deadline`.
    pub const TIMING: u8 = 0x61;
    /// JOB_RELEASE: fields `object`, `late`.
    pub const JOB_RELEASE: u8 = 0x62;
    /// JOB_DONE: field `object`.
    pub const JOB_DONE: u8 = 0x63;
    /// DEADLINE_MISS: fields `object`, `late`.
    pub const DEADLINE_MISS: u8 = 0x64;
    /// SYS_ENTER: fields `op`, `object`.
    pub const SYS_ENTER: u8 = 0x65;
    /// SYS_EXIT.
    pub const SYS_EXIT: u8 = 0x66;
    /// HEAP_ALLOC: fields `bytes`, `used`.
    pub const HEAP_ALLOC: u8 = 0x67;
    /// HEAP_FREE: fields `bytes`, `used`.
    pub const HEAP_FREE: u8 = 0x68;
    /// HEAP_STAT: fields `used`, `peak`, `size`.
    pub const HEAP_STAT: u8 = 0x69;
    /// SLEEP_JUMP: field `cycles`.
    pub const SLEEP_JUMP: u8 = 0x6a;
    /// POLL_BEGIN: field `object`.
    pub const POLL_BEGIN: u8 = 0x6b;
    /// POLL_END: field `object`.
    pub const POLL_END: u8 = 0x6c;
    /// POLL_READY: field `object`.
    pub const POLL_READY: u8 = 0x6d;
    /// FILTER: fields `groups`, `muted`.
    pub const FILTER: u8 = 0x6e;
    /// TIMER_ARM of a while: field `ticks` in units of [`super::TIMER_ARM_UNIT`], rounded down.
    pub const TIMER_ARM_COARSE: u8 = 0x6f;
    /// OBJ with its operation in the head: operation 1 at `OBJECT_OP + 1`, up to 15 at `OBJECT_OP + 15`. Fields `object`,
    /// `value`.
    pub const OBJECT_OP: u8 = 0x70;
    /// BLOCK with its reason in the head: reason 1 at `BLOCK_ON + 1`, up to 31 at `BLOCK_ON + 31`. Fields `object`,
    /// `timeout`.
    pub const BLOCK_ON: u8 = 0x80;
    /// INFO: payload `build_id`, `clock_hz`, both LEB128.
    pub const INFO: u8 = 0xc0;
    /// NAME: payload `of`, `id`, both LEB128, then the name without a NUL.
    pub const NAME: u8 = 0xc1;
    /// LOST: payload `bytes`, LEB128. No kernel sends it: a host puts it where a channel lost so many bytes of the stream. What
    /// stands behind it begins with a SYNC, or is skipped up to one.
    pub const LOST: u8 = 0xc2;
    /// SPENT: payload `cycles`, LEB128. No kernel sends it: a simulator puts it behind an event, with no time in between.
    pub const SPENT: u8 = 0xc3;
    /// The first head that carries a length.
    pub const FIRST_WITH_LENGTH: u8 = 0xc0;
}

/// Cycles of a unit of [`head::TIMER_ARM_COARSE`].
pub const TIMER_ARM_UNIT: u64 = 256;

/// Groups of events that a filter lets through or holds back: one bit each. SYNC, INFO, NAME, DROPS, FILTER, FAULT,
/// SLEEP_JUMP, TASK_NEW and TASK_EXIT belong to none: they are always told.
pub mod group {
    /// SWITCH_IN, IDLE, READY, BLOCK, PRIO: without them a reader knows no task's state.
    pub const SCHEDULE: u32 = 1 << 0;
    /// ISR_ENTER, ISR_EXIT.
    pub const INTERRUPTS: u32 = 1 << 1;
    /// OBJ.
    pub const OBJECTS: u32 = 1 << 2;
    /// TIMER_ARM, TIMER_FIRE.
    pub const TIMERS: u32 = 1 << 3;
    /// Marks and counters.
    pub const USER: u32 = 1 << 4;
    /// TIMING, JOB_RELEASE, JOB_DONE, DEADLINE_MISS.
    pub const JOBS: u32 = 1 << 5;
    /// POLL_BEGIN, POLL_END, POLL_READY.
    pub const POLLS: u32 = 1 << 6;
    /// HEAP_ALLOC, HEAP_FREE, HEAP_STAT, STACK.
    pub const MEMORY: u32 = 1 << 7;
    /// SYS_ENTER, SYS_EXIT: only where they are asked for.
    pub const CALLS: u32 = 1 << 8;
    /// Every group.
    pub const ALL: u32 = (1 << 9) - 1;
    /// What is told where no FILTER says otherwise: every group but [`CALLS`] and [`POLLS`], of which nothing is known.
    pub const USUAL: u32 = ALL & !(CALLS | POLLS);
}

/// The [`group`] of the events with a head; 0 for those that are always told, and for heads that this version does not
/// define.
#[must_use]
pub const fn group_of(head: u8) -> u32 {
    use head::*;
    match head {
        SWITCH_IN..ISR_ENTER | IDLE | BLOCK | PRIORITY | 0x81..=0x9f => group::SCHEDULE,
        ISR_ENTER..=ISR_EXIT => group::INTERRUPTS,
        OBJECT | 0x71..=0x7f => group::OBJECTS,
        TIMER_ARM | TIMER_FIRE | TIMER_ARM_COARSE => group::TIMERS,
        MARK_BEGIN..=COUNTER => group::USER,
        TIMING..=DEADLINE_MISS => group::JOBS,
        POLL_BEGIN..=POLL_READY => group::POLLS,
        HEAP_ALLOC..=HEAP_STAT | STACK => group::MEMORY,
        SYS_ENTER | SYS_EXIT => group::CALLS,
        _ => 0,
    }
}

/// How many LEB128 fields stand between a head below [`head::FIRST_WITH_LENGTH`] and the delta; `None` for a head that
/// this version does not define.
#[must_use]
pub const fn field_count(head: u8) -> Option<u8> {
    use head::*;
    Some(match head {
        SWITCH_IN..SWITCH_IN_EXT | READY..READY_EXT | ISR_ENTER..ISR_ENTER_EXT | ISR_EXIT | IDLE | SYS_EXIT => 0,
        SWITCH_IN_EXT | READY_EXT | ISR_ENTER_EXT | TASK_EXIT | TIMER_ARM | TIMER_FIRE | MARK_BEGIN | MARK_END
        | TIMER_ARM_COARSE | DROPS | JOB_DONE | SLEEP_JUMP | POLL_BEGIN | POLL_END | POLL_READY => 1,
        0x71..=0x7f
        | 0x81..=0x9f
        | MARK_INSTANT
        | COUNTER
        | STACK
        | FAULT
        | JOB_RELEASE
        | DEADLINE_MISS
        | SYS_ENTER
        | HEAP_ALLOC
        | HEAP_FREE
        | FILTER => 2,
        BLOCK | TASK_NEW | OBJECT | TIMING | HEAP_STAT => 3,
        PRIORITY => 4,
        _ => return None,
    })
}

/// The least distance of two objects in bytes: each takes as many.
pub const OBJECT_BYTES: u32 = 8;

/// How a kernel numbers its objects: by their distance from an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObjectNumbers {
    /// The address of the first: the linker symbol [`crate::inspect::OBJECT_BASE_SYMBOL`], the start of RAM.
    pub base: u32,
    /// Bytes from one number to the next.
    pub step: u32,
}

impl ObjectNumbers {
    /// From `base`, as kernels do: the first KiB of RAM has the numbers that take one byte.
    #[must_use]
    pub const fn from(base: u32) -> Self {
        Self { base, step: OBJECT_BYTES }
    }

    /// From `base` in words: as before version 4 of the inspection table and version 2 of the flight recorder.
    #[must_use]
    pub const fn in_words(base: u32) -> Self {
        Self { base, step: 4 }
    }

    /// The number of the object at `address`. 0 is "none"; an object below the base wraps around.
    #[must_use]
    pub const fn of(self, address: u32) -> u32 {
        (address.wrapping_sub(self.base) / self.step).wrapping_add(1)
    }
}
