//! What a host says to the kernel's trace: on the down channel of the trace's RTT channel, while the firmware runs.
//!
//! ```text
//! said    = { message | byte }
//! message = BEGIN  kind:u8 (1..=MOST_KIND)  length:u8 (..=MOST_PAYLOAD)  payload:u8 × length
//! ```
//!
//! * A byte that begins no message asks for a SYNC; hosts send 0. So does a message to a kernel without filters.
//! * Numbers in a payload are little endian.
//! * A kernel skips a message whose kind it does not know, or whose length is not that kind's. It waits for the rest of one
//!   that has not come whole; a [`BEGIN`] with something else behind it is a byte like others.
//! * Every other message is answered by a FILTER, also where it changed nothing: its numbers say what holds now. Behind a
//!   SYNC that was asked for, a FILTER comes if something is held back.
//! * Messages are taken in when a handler ends, and when nothing is ready. After a reset nothing is held back.
//!
//! What is held back is not lost: nothing counts it. SYNCs go on to tell of the task that runs.

/// The first byte of a message: the upper half says that one begins, the lower half is the version, 1.
pub const BEGIN: u8 = 0xb1;

/// Bytes in front of a payload.
pub const HEADER: usize = 3;

/// The last number that a kind of messages may have.
pub const MOST_KIND: u8 = 31;

/// The longest payload.
pub const MOST_PAYLOAD: usize = 8;

/// How many tasks, objects and marks can be muted at once. One more is not muted.
pub const MOST_MUTED: usize = 8;

/// The kinds of messages, and their payloads.
pub mod kind {
    /// A SYNC is wanted. No payload.
    pub const SYNC: u8 = 1;
    /// These groups of events are to be told, no others: `groups:u32`, of [`crate::wire::group`]. What was left out of
    /// the firmware stays out.
    pub const GROUPS: u8 = 2;
    /// Nothing is to be told of one task, object or mark: `of:u8`, a [`crate::Named`], and `id:u32`.
    ///
    /// * Of a task: what it does to objects, its marks, jobs, polls, memory and calls. When it runs and why it waits is
    ///   told: the others' states follow from it.
    /// * Of an object: what is done to it, and if it releases jobs or is polled, that. Who waits for it is told.
    /// * Of a mark: all of its events.
    pub const MUTE: u8 = 3;
    /// That is to be told again; the payload as of MUTE.
    pub const UNMUTE: u8 = 4;
    /// Everything is to be told again. No payload.
    pub const ALL: u8 = 5;
}
