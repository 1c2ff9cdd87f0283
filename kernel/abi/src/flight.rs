//! The flight recorder, version 2: the last events of a kernel in a ring of its own memory, to be read from a chip that
//! died, or from a core dump.
//!
//! ```text
//! offset  size
//!      0     8  magic                    [`MAGIC`]; the kernel writes it last
//!      8     4  version                  [`VERSION`]
//!     12     4  capacity                 slots in the ring, a power of two above 1
//!     16     8  build id                 its first eight bytes, 0 if the ELF has none
//!     24     4  clock                    trace-clock cycles in a second
//!     28     4  written                  slots written since the ring was cleared, modulo 2^32
//!     32     4  turns                    how often `written` was seen to have gone past its end
//!     36     4  seen                     `written` when that was looked at last: above `written`, another turn is to be added
//!     40     4  others                   how many of the slots written were no events (WIDE_A, WIDE_B, BOOT); stays at 2^32 - 1
//!     44     4  object base              the address from which objects are numbered ([`crate::wire::ObjectNumbers`])
//!     48     4  address                  of this control block
//!     52     4  the kernel's own
//!     56   8×n  slots
//! ```
//!
//! All numbers are little endian. The block lies at symbol [`SYMBOL`] and is aligned to eight bytes, so that a tool finds
//! it with the ELF and without.
//!
//! A slot is `cycles:u32, kind:u8, a:u8, b:u16`, and each decodes alone: there are no deltas. `cycles` is the trace clock,
//! modulo 2^32; the kernel sees to it that there is an event in each half of its turn. Slot number n since the ring was
//! cleared lies at place n modulo `capacity`. The slot that is written next may be half written: a reader leaves it out,
//! so a ring holds `capacity - 1`.
//!
//! | kind | event | a | b |
//! |---|---|---|---|
//! | [`kind::SWITCH_IN`] | SWITCH_IN | | task |
//! | [`kind::READY`] | READY | | task |
//! | [`kind::ISR_ENTER`] | ISR_ENTER | | exception |
//! | [`kind::ISR_EXIT`], [`kind::IDLE`], [`kind::SYS_EXIT`] | of that name | | |
//! | [`kind::TASK_EXIT`], [`kind::TIMER_FIRE`] | of that name | | task |
//! | [`kind::MARK_BEGIN`], [`kind::MARK_END`] | of that name | | name |
//! | [`kind::MARK_INSTANT`] | MARK_INSTANT | value | name |
//! | [`kind::COUNTER`] | COUNTER | value, zigzag; what has more than 32 bits is 2^32 - 1 or - 2 | name |
//! | [`kind::STACK`] | STACK | task | free bytes |
//! | [`kind::FAULT`] | FAULT | exception | address |
//! | [`kind::JOB_RELEASE`], [`kind::DEADLINE_MISS`] | of that name | microseconds late | object |
//! | [`kind::JOB_DONE`] | JOB_DONE | | object |
//! | [`kind::POLL_BEGIN`], [`kind::POLL_END`], [`kind::POLL_READY`] | of that name | | object |
//! | [`kind::HEAP_ALLOC`], [`kind::HEAP_FREE`] | of that name | bytes | bytes in use |
//! | [`kind::SLEEP_JUMP`] | SLEEP_JUMP | | cycles |
//! | [`kind::FILTER`] | FILTER | groups | how many are muted |
//! | [`kind::OBJECT`] + operation | OBJ | value | object |
//! | [`kind::SYS_ENTER`] + operation | SYS_ENTER | | object |
//! | [`kind::BLOCK`] + reason | BLOCK | 0: for ever, 1: with a time-out | object |
//! | [`kind::PRIORITY`] + 32 × (cause - 1) + priority | PRIO | task | object |
//! | [`kind::TASK_NEW`] + priority | TASK_NEW | task | stack in bytes |
//!
//! A number that its field is too small for goes on in the slots behind: [`kind::WIDE_A`] has bits 8 to 31 of `a` (in its
//! own `a` the lowest eight of them), [`kind::WIDE_B`] bits 16 to 31 of `b` (in its own `b`). An object is told by its
//! address; where no WIDE_B is behind it, its bits from [`OBJECT_BITS`] on are those of the control block's address. That address itself stands for no object. [`kind::BOOT`] is the
//! first slot of a run: the ring keeps what was before a reset, if it is still whole then and of the same image.
//!
//! **Left out**: how long a time-out is, TIMER_ARM, TIMING, HEAP_STAT and NAME. No kernel tells of polls, stacks or calls
//! here yet, though they have kinds. INFO stands in front of the ring, and
//! instead of SYNC and DROPS it has its counters.

/// The symbol of the control block.
pub const SYMBOL: &str = "__bk_flight";
/// The first eight bytes of the control block.
pub const MAGIC: [u8; 8] = *b"BKFLIGHT";
/// The version of this layout.
///
/// In version 1, objects were numbered in words from the object base ([`crate::wire::ObjectNumbers::in_words`]).
pub const VERSION: u32 = 2;
/// Bytes in front of the slots.
pub const HEADER_BYTES: usize = 56;
/// Bytes of a slot.
pub const SLOT_BYTES: usize = 8;
/// Objects whose addresses differ from the control block's in so many low bits take one slot.
pub const OBJECT_BITS: u32 = 16;

/// What a slot holds. A slot that was never written is all zero.
pub mod kind {
    /// Nothing yet.
    pub const EMPTY: u8 = 0x00;
    /// The first slot of a run.
    pub const BOOT: u8 = 0x01;
    /// Bits 8 to 31 of the `a` of the event before.
    pub const WIDE_A: u8 = 0x02;
    /// Bits 16 to 31 of the `b` of the event before.
    pub const WIDE_B: u8 = 0x03;
    /// SWITCH_IN.
    pub const SWITCH_IN: u8 = 0x04;
    /// READY.
    pub const READY: u8 = 0x05;
    /// ISR_ENTER.
    pub const ISR_ENTER: u8 = 0x06;
    /// ISR_EXIT.
    pub const ISR_EXIT: u8 = 0x07;
    /// IDLE.
    pub const IDLE: u8 = 0x08;
    /// TASK_EXIT.
    pub const TASK_EXIT: u8 = 0x09;
    /// TIMER_FIRE.
    pub const TIMER_FIRE: u8 = 0x0a;
    /// MARK_BEGIN.
    pub const MARK_BEGIN: u8 = 0x0b;
    /// MARK_END.
    pub const MARK_END: u8 = 0x0c;
    /// MARK_INSTANT.
    pub const MARK_INSTANT: u8 = 0x0d;
    /// COUNTER.
    pub const COUNTER: u8 = 0x0e;
    /// STACK.
    pub const STACK: u8 = 0x0f;
    /// FAULT.
    pub const FAULT: u8 = 0x10;
    /// JOB_RELEASE.
    pub const JOB_RELEASE: u8 = 0x11;
    /// JOB_DONE.
    pub const JOB_DONE: u8 = 0x12;
    /// DEADLINE_MISS.
    pub const DEADLINE_MISS: u8 = 0x13;
    /// POLL_BEGIN.
    pub const POLL_BEGIN: u8 = 0x14;
    /// POLL_END.
    pub const POLL_END: u8 = 0x15;
    /// POLL_READY.
    pub const POLL_READY: u8 = 0x16;
    /// HEAP_ALLOC.
    pub const HEAP_ALLOC: u8 = 0x17;
    /// HEAP_FREE.
    pub const HEAP_FREE: u8 = 0x18;
    /// SLEEP_JUMP.
    pub const SLEEP_JUMP: u8 = 0x19;
    /// FILTER.
    pub const FILTER: u8 = 0x1a;
    /// SYS_EXIT.
    pub const SYS_EXIT: u8 = 0x1b;
    /// OBJ: an [`crate::ObjectOp`] is added, below 32.
    pub const OBJECT: u8 = 0x20;
    /// SYS_ENTER: an [`crate::ObjectOp`] is added, below 32.
    pub const SYS_ENTER: u8 = 0x40;
    /// BLOCK: a [`crate::BlockReason`] is added, below 32.
    pub const BLOCK: u8 = 0x60;
    /// PRIO: 32 × (a [`crate::PriorityCause`] - 1) and a priority are added.
    pub const PRIORITY: u8 = 0x80;
    /// TASK_NEW: a priority is added.
    pub const TASK_NEW: u8 = 0xe0;
}
