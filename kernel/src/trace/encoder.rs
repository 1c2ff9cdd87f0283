//! Encodes events as `bluekernel_abi::wire` writes them down, straight into a ring.
//!
//! A record is made whole or not at all:
//!
//! 1. is there room? (before the clock is read, so that a full ring costs little)
//! 2. read the clock, write head, fields and delta,
//! 3. publish the write offset.
//!
//! Nearly every event takes the short way, [`Tracer::quick`]: it may begin wherever the write offset is below
//! [`State::limit`]. Everything rare hides behind that one comparison: how far the host has read, the end of the ring, a
//! SYNC that is due, events that were lost. [`Tracer::careful`] looks at all of it, and at a turn of the clock, and sets
//! the next limit.
//!
//! The caller holds the kernel's lock: there is one writer, and an event's time is not older than the one before it.
#![expect(
    unsafe_code,
    reason = "an event may cost 60 instructions: its bytes go through a pointer, not through checks"
)]

use super::ring::{LONGEST_WRITE, Ring};
use bluekernel_abi::wire;

/// The longest LEB128 number of 32 bits, and so the longest delta.
const LEB32: usize = 5;
/// The longest LEB128 number of 64 bits.
const LEB64: usize = 10;
/// The most fields an event has.
const FIELDS: usize = 4;
/// The longest event of the short way: a head, a field of one byte, two fields, the delta.
const LONGEST_QUICK: usize = 2 + 3 * LEB32;
/// The longest event.
const LONGEST_EVENT: usize = 1 + FIELDS * LEB64 + LEB32;
const _: () = assert!(LONGEST_QUICK <= LONGEST_EVENT && wire::SYNC_MAX_BYTES + LONGEST_EVENT <= LONGEST_WRITE);

/// A SYNC that the host asked for; told apart from the wire's flags.
const REQUESTED: u8 = 0x80;

/// The trace clock: cycles, wrapping around. It must be asked at least once in each turn.
pub(crate) trait Clock {
    /// Cycles now.
    fn cycles(&self) -> u32;
}

/// What the encoder remembers between events. All zero after reset, so that it costs no flash.
pub(crate) struct State {
    /// A record of the short way may begin at write offsets below this.
    limit: u32,
    /// The clock at the last record.
    last: u32,
    /// Turns of the clock.
    turns: u32,
    /// The write offset when `limit` was set. Up to the next time, offsets grow and do not wrap.
    from: u32,
    /// Bytes written since the last SYNC, up to `from`.
    since_sync: u32,
    /// SYNCs so far.
    sequence: u32,
    /// Events lost since reset.
    drops: u32,
    /// The running task's number + 1, 0 for idle.
    running: u8,
    /// That task waits, and is still to be switched away from.
    waiting: bool,
    /// Exception handlers that have begun and not ended.
    handlers: u8,
    /// Why the next record must be a SYNC: the wire's flags and [`REQUESTED`]; 0 if it need not.
    pending: u8,
}

impl State {
    /// After reset.
    pub(crate) const fn new() -> Self {
        Self {
            limit: 0,
            last: 0,
            turns: 0,
            from: 0,
            since_sync: 0,
            sequence: 0,
            drops: 0,
            running: 0,
            waiting: false,
            handlers: 0,
            pending: 0,
        }
    }

    /// What the next SYNC says runs: a task's number + 1, or 0 for idle.
    #[inline(always)]
    pub(crate) fn set_running(&mut self, running: u8) {
        self.running = running;
        self.waiting = false;
    }

    /// The running task waits.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) fn set_waiting(&mut self) {
        self.waiting = true;
    }

    /// Whether `running` is the running task's number + 1, and it does not wait.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) fn goes_on(&self, running: u8) -> bool {
        self.running == running && !self.waiting
    }

    /// An exception handler begins.
    #[inline(always)]
    pub(crate) fn enter_handler(&mut self) {
        self.handlers = self.handlers.wrapping_add(1);
    }

    /// An exception handler ends.
    #[inline(always)]
    pub(crate) fn leave_handler(&mut self) {
        self.handlers = self.handlers.wrapping_sub(1);
    }

    /// The next record will be a SYNC.
    #[inline]
    pub(crate) fn request_sync(&mut self) {
        self.pending |= REQUESTED;
        self.limit = 0;
    }

    /// Follows the clock; the cycles since the last record.
    fn advance(&mut self, now: u32) -> u32 {
        let (delta, turned) = now.overflowing_sub(self.last);
        self.last = now;
        self.turns = self.turns.wrapping_add(turned.into());
        delta
    }

    /// Writes a SYNC of the clock's last time.
    fn sync(&mut self, at: Cursor) -> Cursor {
        let mut flags = self.pending & !REQUESTED;
        if self.sequence == 0 {
            flags |= wire::FLAG_BOOT as u8;
        }
        if self.handlers != 0 {
            flags |= wire::FLAG_IN_ISR as u8;
        }
        self.pending = 0;
        self.since_sync = 0;
        self.sequence = wire::next_sequence(self.sequence);
        let cycles = ((u64::from(self.turns) << 32) | u64::from(self.last)).wrapping_add(1);
        (0..wire::SYNC_ZEROS)
            .fold(at, |at, _| at.byte(0))
            .byte(wire::SYNC_MARK)
            .byte(wire::VERSION)
            .byte(0) // the only core
            .leb64(self.sequence.into())
            .leb64(cycles)
            .leb64(self.drops.into())
            .leb64(self.running.into())
            .byte(flags)
    }
}

/// The encoder at work: state, ring and clock, for as long as the lock is held.
pub(crate) struct Tracer<'a, C, const SIZE: usize> {
    state: &'a mut State,
    ring: Ring<'a, SIZE>,
    clock: C,
}

impl<'a, C: Clock, const SIZE: usize> Tracer<'a, C, SIZE> {
    /// Puts the parts together.
    #[inline(always)]
    pub(crate) fn new(state: &'a mut State, ring: Ring<'a, SIZE>, clock: C) -> Self {
        Self { state, ring, clock }
    }

    /// An event without fields; `false` if it needs [`Self::careful`].
    #[inline(always)]
    pub(crate) fn event(&mut self, head: u8) -> bool {
        self.quick(|at| at.byte(head))
    }

    /// An event with one field; `false` if it needs [`Self::careful`].
    #[inline(always)]
    pub(crate) fn event1(&mut self, head: u8, a: u32) -> bool {
        self.quick(|at| at.byte(head).leb32(a))
    }

    /// An event with two fields; `false` if it needs [`Self::careful`].
    #[inline(always)]
    pub(crate) fn event2(&mut self, head: u8, a: u32, b: u32) -> bool {
        self.quick(|at| at.byte(head).leb32(a).leb32(b))
    }

    /// An event with three fields, of which the first is below 128; `false` if it needs [`Self::careful`].
    #[inline(always)]
    pub(crate) fn event3(&mut self, head: u8, small: u8, a: u32, b: u32) -> bool {
        debug_assert!(small < 0x80);
        self.quick(|at| at.byte(head).byte(small).leb32(a).leb32(b))
    }

    /// An event with four fields, of which the first three are below 128; `false` if it needs [`Self::careful`].
    #[inline(always)]
    pub(crate) fn event4(&mut self, head: u8, small: [u8; 3], a: u32) -> bool {
        debug_assert!(small.iter().all(|field| *field < 0x80));
        self.quick(|at| small.into_iter().fold(at.byte(head), Cursor::byte).leb32(a))
    }

    /// One record of at most [`LONGEST_QUICK`] bytes, of which `fields` writes all but the delta.
    #[inline(always)]
    fn quick(&mut self, fields: impl FnOnce(Cursor) -> Cursor) -> bool {
        let at = self.ring.write_offset();
        if at >= self.state.limit as usize {
            return false;
        }
        let now = self.clock.cycles();
        let Some(delta) = now.checked_sub(self.state.last) else {
            return false; // the clock turned
        };
        self.state.last = now;
        // SAFETY: `at` is below the limit, behind which the ring goes on for a record of the short way; all callers pass
        // fields of one.
        let end = fields(unsafe { self.cursor(at) }).leb32(delta);
        let end = end.offset(&mut self.ring);
        self.ring.publish(end);
        true
    }

    /// Any event: at most four fields of up to 64 bits. Lost, and counted, if there is no room.
    #[inline]
    pub(crate) fn careful(&mut self, head: u8, fields: &[u64]) {
        let state = &mut *self.state;
        let at = self.ring.masked_write_offset();
        state.since_sync = state.since_sync.wrapping_add((at as u32).wrapping_sub(state.from) & (SIZE as u32 - 1));
        state.from = at as u32;
        let delta = state.advance(self.clock.cycles());
        let due = state.pending != 0 || state.sequence == 0 || state.since_sync >= wire::SYNC_INTERVAL_BYTES;
        if self.ring.free() < LONGEST_EVENT + if due { wire::SYNC_MAX_BYTES } else { 0 } {
            state.limit = 0;
            state.drops = state.drops.wrapping_add(1);
            state.pending |= wire::FLAG_AFTER_DROPS as u8;
            return;
        }
        // SAFETY: `at` is inside the ring, behind which there is room for a SYNC and the longest event; the assertion at
        // the top says that what follows is no longer.
        let mut cursor = unsafe { self.cursor(at) };
        let mut delta = delta;
        if due {
            cursor = self.state.sync(cursor);
            delta = 0;
        }
        self.state.since_sync += 1 + fields.len() as u32; // at least: it need not be exact
        cursor = fields.iter().take(FIELDS).fold(cursor.byte(head), |at, field| at.leb64(*field)).leb64(delta.into());
        let end = cursor.offset(&mut self.ring);
        self.ring.publish_wrapped(end);
        self.set_limit();
    }

    /// From here on the short way may write up to the end of the ring, to what the host has not read, or until a SYNC
    /// is due, whichever comes first.
    fn set_limit(&mut self) {
        let from = self.ring.masked_write_offset();
        let space = self.ring.free().min(SIZE - from);
        let until_sync = wire::SYNC_INTERVAL_BYTES.saturating_sub(self.state.since_sync) as usize;
        let room = (space + 1).saturating_sub(LONGEST_QUICK).min(until_sync);
        self.state.from = from as u32;
        self.state.limit = (from + room) as u32;
    }

    /// Where the record at `at` begins.
    ///
    /// # Safety
    /// `at` is at most `SIZE`, and not more than what [`super::ring::Bytes`] holds behind it is written.
    #[inline(always)]
    unsafe fn cursor(&mut self, at: usize) -> Cursor {
        // SAFETY: the caller's word.
        Cursor(unsafe { self.ring.start().add(at) })
    }
}

/// Where the next byte goes. Made by [`Tracer::cursor`] only, with room behind it for the record to come.
struct Cursor(*mut u8);

impl Cursor {
    /// The distance from the start of the ring.
    #[inline(always)]
    fn offset<const SIZE: usize>(self, ring: &mut Ring<'_, SIZE>) -> usize {
        self.0 as usize - ring.start() as usize
    }

    /// One byte.
    #[inline(always)]
    fn byte(self, byte: u8) -> Self {
        // SAFETY: whoever made the cursor vouches for the room of the whole record.
        unsafe {
            self.0.write(byte);
            Self(self.0.add(1))
        }
    }

    /// A number of up to 32 bits, canonical: no superfluous byte.
    #[inline(always)]
    fn leb32(mut self, mut value: u32) -> Self {
        let mut rest = value >> 7;
        while rest != 0 {
            self = self.byte(value as u8 | 0x80);
            value = rest;
            rest >>= 7;
        }
        self.byte(value as u8)
    }

    /// A number of up to 64 bits.
    #[inline(never)]
    fn leb64(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self = self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8)
    }
}

/// The bytes `value` takes as LEB128.
pub(crate) fn leb64_length(mut value: u64) -> u64 {
    let mut length = 1;
    while value >= 0x80 {
        value >>= 7;
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests;
