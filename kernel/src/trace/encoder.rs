//! Encodes events as `bluekernel_abi::wire` writes them down, straight into a ring.
//!
//! A record is made whole or not at all:
//!
//! 1. is there room for the longest form of this event? (before the clock is read, so that a full ring costs little)
//! 2. read the clock, write head, fields and delta,
//! 3. publish the write offset.
//!
//! Everything rare is behind one comparison. [`State::room`] says how many bytes may be written before something must be
//! looked at: the host's read offset, a SYNC that is due, events that were lost. Only when it is used up does
//! [`Tracer::refill`] look.
//!
//! The caller holds the kernel's lock: there is one writer, and an event's time is not older than the one before it.
#![expect(unsafe_code, reason = "an event may cost 60 instructions: its bytes go through a pointer, not through checks")]

use super::ring::{LONGEST_RECORD, Ring};
use bluekernel_abi::wire::{self, head};

/// The longest LEB128 number of 32 bits, and so the longest delta.
const LEB32: u32 = 5;
/// The longest LEB128 number of 64 bits.
const LEB64: u32 = 10;
/// SYNC, or an event with three 64-bit numbers, whichever is longer.
const _: () = assert!(wire::SYNC_MAX_BYTES <= LONGEST_RECORD && (1 + 3 * LEB64 + LEB32) as usize <= LONGEST_RECORD);

/// A SYNC that the host asked for; told apart from the wire's flags, which end at 7.
const REQUESTED: u8 = 0x80;

/// The trace clock: cycles, wrapping around. It must be asked at least once in each turn.
pub(crate) trait Clock {
    /// Cycles now.
    fn cycles(&self) -> u32;
}

/// What the encoder remembers between events.
pub(crate) struct State {
    /// Bytes that may be written before [`Tracer::refill`] must look.
    room: u32,
    /// What `room` was when it was last filled.
    granted: u32,
    /// Bytes written since the last SYNC, without those of the present grant.
    since_sync: u32,
    /// The clock at the last record.
    last: u32,
    /// Turns of the clock.
    turns: u32,
    /// SYNCs so far.
    sequence: u32,
    /// Events lost since reset.
    drops: u32,
    /// The running task's number + 1, 0 for idle.
    running: u8,
    /// Exception handlers that have begun and not ended.
    handlers: u8,
    /// Why the next record must be a SYNC: the wire's flags and [`REQUESTED`]; 0 if it need not.
    pending: u8,
}

impl State {
    /// After reset.
    pub(crate) const fn new() -> Self {
        Self {
            room: 0,
            granted: 0,
            since_sync: 0,
            last: 0,
            turns: 0,
            sequence: 0,
            drops: 0,
            running: 0,
            handlers: 0,
            pending: wire::FLAG_BOOT as u8,
        }
    }

    /// What the next SYNC says runs: a task's number + 1, or 0 for idle.
    #[inline(always)]
    pub(crate) fn set_running(&mut self, running: u8) {
        self.running = running;
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
    pub(crate) fn request_sync(&mut self) {
        self.pending |= REQUESTED;
        self.revoke();
    }

    /// Takes the present grant back.
    fn revoke(&mut self) {
        self.since_sync += self.granted - self.room;
        self.granted = 0;
        self.room = 0;
    }

    /// Follows the clock; the cycles since the last record.
    #[inline(always)]
    fn advance(&mut self, now: u32) -> u32 {
        let (delta, turned) = now.overflowing_sub(self.last);
        self.last = now;
        if turned {
            self.turns = self.turns.wrapping_add(1);
        }
        delta
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

    /// An event without fields.
    #[inline(always)]
    pub(crate) fn event(&mut self, head: u8) {
        self.record(1 + LEB32, |at| at.byte(head));
    }

    /// An event with one field.
    #[inline(always)]
    pub(crate) fn event1(&mut self, head: u8, a: u32) {
        self.record(1 + 2 * LEB32, |at| at.byte(head).leb32(a));
    }

    /// An event with two fields.
    #[inline(always)]
    pub(crate) fn event2(&mut self, head: u8, a: u32, b: u32) {
        self.record(1 + 3 * LEB32, |at| at.byte(head).leb32(a).leb32(b));
    }

    /// An event with three fields, of which the first is below 128: a reason, an operation.
    #[inline(always)]
    pub(crate) fn event3(&mut self, head: u8, small: u8, a: u32, b: u32) {
        debug_assert!(small < 0x80);
        self.record(2 + 3 * LEB32, |at| at.byte(head).byte(small).leb32(a).leb32(b));
    }

    /// A rare event with at most four fields.
    #[inline(always)]
    pub(crate) fn event_of(&mut self, head: u8, fields: &[u32]) {
        debug_assert!(fields.len() <= 4);
        self.record(1 + 5 * LEB32, |at| fields.iter().take(4).fold(at.byte(head), |at, field| at.leb32(*field)));
    }

    /// A rare event with at most three fields that may have 64 bits.
    #[inline(always)]
    pub(crate) fn event_of_long(&mut self, head: u8, fields: &[u64]) {
        debug_assert!(fields.len() <= 3);
        self.record(1 + 3 * LEB64 + LEB32, |at| fields.iter().take(3).fold(at.byte(head), |at, field| at.leb64(*field)));
    }

    /// The first SYNC after reset, and INFO behind it.
    pub(crate) fn start(&mut self, build_id: u64, clock_hz: u64) {
        let length = leb64_length(build_id) + leb64_length(clock_hz);
        self.record(2 + 2 * LEB64 + LEB32, |at| at.byte(head::INFO).byte(length).leb64(build_id).leb64(clock_hz));
    }

    /// One record of at most `need` bytes, the delta's five included, of which `fields` writes all but the delta.
    #[inline(always)]
    fn record(&mut self, need: u32, fields: impl FnOnce(Cursor) -> Cursor) {
        if self.state.room < need && !self.refill(need) {
            return;
        }
        let delta = self.state.advance(self.clock.cycles());
        let at = self.ring.at();
        let start = self.ring.bytes.start();
        // SAFETY: `at` is below SIZE, and `Bytes` has LONGEST_RECORD bytes behind SIZE. No caller passes fields that
        // need more than `need` bytes, and no `need` is above LONGEST_RECORD (`refill` would not grant it: checked by
        // the assertion above and the tests), so the cursor stays inside.
        let cursor = Cursor(unsafe { start.add(at) });
        let end = fields(cursor).leb32(delta);
        let end = end.0 as usize - start as usize;
        self.state.room -= (end - at) as u32;
        self.ring.publish(end);
    }

    /// Looks at everything rare: whether a SYNC is due, and how much the host has read.
    ///
    /// Returns whether `need` bytes may be written. If not, the event is lost and counted.
    #[cold]
    #[inline(never)]
    fn refill(&mut self, need: u32) -> bool {
        self.state.revoke();
        let due = self.state.pending != 0 || self.state.since_sync >= wire::SYNC_INTERVAL_BYTES;
        let sync = if due { wire::SYNC_MAX_BYTES as u32 } else { 0 };
        if self.ring.free() < need + sync {
            self.state.drops = self.state.drops.saturating_add(1);
            self.state.pending |= wire::FLAG_AFTER_DROPS as u8;
            // However long the host stays away, no turn of the clock is missed.
            let now = self.clock.cycles();
            self.state.advance(now);
            return false;
        }
        if due {
            self.sync();
        }
        let until_sync = wire::SYNC_INTERVAL_BYTES.saturating_sub(self.state.since_sync);
        self.state.granted = self.ring.free().min(until_sync.max(need));
        self.state.room = self.state.granted;
        true
    }

    /// Writes a SYNC; there is room for it.
    fn sync(&mut self) {
        let now = self.clock.cycles();
        self.state.advance(now);
        let state = &mut *self.state;
        state.sequence = state.sequence.wrapping_add(1);
        let mut flags = state.pending & !REQUESTED;
        if state.handlers != 0 {
            flags |= wire::FLAG_IN_ISR as u8;
        }
        let at = self.ring.at();
        let start = self.ring.bytes.start();
        // SAFETY: as in `record`; a SYNC takes at most SYNC_MAX_BYTES, which is at most LONGEST_RECORD.
        let mut cursor = Cursor(unsafe { start.add(at) });
        for _ in 0..wire::SYNC_ZEROS {
            cursor = cursor.byte(0);
        }
        let end = cursor
            .byte(wire::SYNC_MARK)
            .byte(wire::VERSION)
            .byte(0) // the only core
            .leb32(state.sequence)
            .leb64(((u64::from(state.turns) << 32) | u64::from(state.last)) + 1)
            .leb32(state.drops)
            .leb32(u32::from(state.running))
            .byte(flags);
        state.pending = 0;
        state.since_sync = 0;
        self.ring.publish(end.0 as usize - start as usize);
    }
}

/// Where the next byte goes. Made by [`Tracer`] only, with room behind it for the record to come.
struct Cursor(*mut u8);

impl Cursor {
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
        while value >= 0x80 {
            self = self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8)
    }

    /// A number of up to 64 bits.
    #[inline(always)]
    fn leb64(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self = self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8)
    }
}

/// The bytes `value` takes as LEB128.
fn leb64_length(mut value: u64) -> u8 {
    let mut length = 1;
    while value >= 0x80 {
        value >>= 7;
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests;
