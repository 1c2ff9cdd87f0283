//! Encodes events as `bluekernel_abi::wire` writes them down, straight into a ring.
//!
//! A record is made whole or not at all:
//!
//! 1. is there room? (before the clock is read, so that a full ring costs little)
//! 2. write head and fields, read the clock, write the delta,
//! 3. publish the write offset.
//!
//! Every event with up to two numbers of 32 bits takes the short way, [`Tracer::bare`] or [`Tracer::fields`]: it may begin
//! wherever the write offset is below [`State::limit`]. Everything rare hides behind that one comparison: how far the host
//! has read, the end of the ring, a SYNC that is due, events that were lost. For all of them [`Tracer::prepare`] writes a
//! SYNC and sets the next limit, behind which the event is tried again. So of what lies across the end of the ring nearly all
//! is SYNCs.
//!
//! The clock is read behind the fields, where their registers are free again: what an event needs at once fits into the
//! registers that a function need not save.
//!
//! The few events with longer numbers take [`Tracer::long`].
//!
//! The caller holds the kernel's lock: there is one writer, and an event's time is not older than the one before it.
#![expect(
    unsafe_code,
    reason = "an event may cost 60 instructions: its bytes go through a pointer, not through checks"
)]

mod cursor;
mod prefix;

pub(crate) use prefix::Prefix;

use super::filter::Filter;
use super::ring::Ring;
use bluekernel_abi::Named;
use bluekernel_abi::wire::{self, head};
use core::mem;
use cursor::Cursor;

/// The longest LEB128 number of 32 bits, and so the longest delta.
const LEB32: usize = 5;
/// The longest LEB128 number of 64 bits.
const LEB64: usize = 10;
/// The longest event of the short way.
const LONGEST_SHORT: usize = Prefix::WRITTEN + 3 * LEB32;
/// The longest event.
const LONGEST_EVENT: usize = 1 + MOST_NUMBERS * LEB64 + LEB32;
/// The most numbers of 64 bits in an event, its delta aside.
const MOST_NUMBERS: usize = 3;

/// There is an event in each half of the clock's turn: the alarm's interrupt.
#[cfg(any(test, feature = "trace"))]
const ALARM_IS_TOLD: bool = !cfg!(any(test, feature = "trace-filter", feature = "trace-no-interrupts"));

/// What a SYNC begins with: zeros, mark, version, and the only core.
const SYNC_BEGIN: [u8; wire::SYNC_ZEROS + 3] = {
    let mut bytes = [0; wire::SYNC_ZEROS + 3];
    bytes[wire::SYNC_ZEROS] = wire::SYNC_MARK;
    bytes[wire::SYNC_ZEROS + 1] = wire::VERSION;
    bytes
};

/// The running task waits, and is still to be switched away from; told apart from its number.
#[cfg(feature = "trace")]
const WAITING: u16 = 0x100;

/// A name made at run time.
#[derive(Clone, Copy)]
pub(crate) struct Name {
    of: Named,
    id: u32,
    text: &'static str,
}

impl Name {
    /// The most bytes of a name.
    const MOST: usize = 24;

    /// What a record takes of `text`: whole characters, up to a NUL.
    pub(crate) fn new(of: Named, id: u32, text: &'static str) -> Self {
        let text = text.split_once('\0').map_or(text, |(name, _)| name);
        Self { of, id, text: &text[..text.floor_char_boundary(Self::MOST)] }
    }

    /// Whether both name the same.
    #[cfg(feature = "trace")]
    pub(crate) fn names_what(&self, other: &Self) -> bool {
        (self.of, self.id) == (other.of, other.id)
    }
}

/// The trace clock: cycles, wrapping around. The encoder is to be told of it in each half of a turn ([`State::follow`]).
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
    /// Turns of the clock, up to when it was seen last.
    turns: u32,
    /// The clock when its turns were counted.
    seen: u32,
    /// SYNCs so far.
    sequence: u32,
    /// Events lost since reset.
    drops: u32,
    /// The running task's number + 1, 0 for idle; and [`WAITING`].
    running: u16,
    /// Exception handlers that have begun and not ended.
    handlers: u8,
    /// What the next SYNC says of why it is there: the wire's flags.
    flags: u8,
    /// Counts the SYNCs that the host asked for; 1 before the first, and never 0.
    round: u8,
    /// What the host does not want to hear.
    pub(crate) filter: Filter,
}

impl State {
    /// After reset.
    pub(crate) const fn new() -> Self {
        Self {
            limit: 0,
            last: 0,
            turns: 0,
            seen: 0,
            sequence: 0,
            drops: 0,
            running: 0,
            handlers: 0,
            flags: 0,
            round: 0,
            filter: Filter::new(),
        }
    }

    /// What the next SYNC says runs: a task's number + 1, or 0 for idle.
    #[inline(always)]
    pub(crate) fn set_running(&mut self, running: u8) {
        self.running = running.into();
    }

    /// The running task waits.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) fn set_waiting(&mut self) {
        self.running |= WAITING;
    }

    /// Whether `running` is the running task's number + 1, and it does not wait.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) fn goes_on(&self, running: u8) -> bool {
        self.running == running.into()
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

    /// The first record will be a SYNC that says so. Before any event.
    pub(crate) fn boot(&mut self) {
        self.flags = wire::FLAG_BOOT as u8;
        self.round = 1;
    }

    /// The next record will be a SYNC, and what is told once is to be told again.
    #[inline]
    pub(crate) fn request_sync(&mut self) {
        self.limit = 0;
        self.round = self.round.wrapping_add(2);
    }

    /// Differs from that before the last SYNC that the host asked for, and from 0.
    #[cfg(feature = "trace")]
    #[inline]
    pub(crate) fn round(&self) -> u8 {
        self.round
    }

    /// The clock is at `now`: to be told in each half of a turn. Where there was no event for so long, since groups of them
    /// are held back, the next record is a SYNC.
    #[cfg(any(test, feature = "trace"))]
    #[inline(always)]
    pub(crate) fn follow(&mut self, now: u32) {
        self.count_turns(now);
        if !ALARM_IS_TOLD && now.wrapping_sub(self.last) >= 1 << 31 {
            self.limit = 0;
        }
    }

    /// The task that runs, if one does and no handler.
    fn task(&self) -> Option<u8> {
        if self.handlers == 0 { (self.running as u8).checked_sub(1) } else { None }
    }

    /// Follows the clock; the cycles since the last record.
    #[inline(always)]
    fn advance(&mut self, now: u32) -> u32 {
        now.wrapping_sub(mem::replace(&mut self.last, now))
    }

    /// Counts the turns of the clock, which is at `now`.
    #[inline(always)]
    fn count_turns(&mut self, now: u32) {
        self.turns = self.turns.wrapping_add((now < self.seen).into());
        self.seen = now;
    }

    /// Writes a SYNC of the clock's last time at offset `at`. Returns the offset behind it.
    fn sync<const SIZE: usize>(&mut self, ring: &mut Ring<'_, SIZE>, at: usize) -> usize {
        let in_handler = if self.handlers == 0 { 0 } else { wire::FLAG_IN_ISR };
        let flags = u64::from(mem::take(&mut self.flags)) | in_handler;
        self.sequence = wire::next_sequence(self.sequence);
        let cycles = ((u64::from(self.turns) << 32) | u64::from(self.last)).wrapping_add(1);
        let mut at = SYNC_BEGIN.iter().fold(at, |at, byte| ring.put_number(at, (*byte).into()));
        at = ring.put_number(at, self.sequence.into());
        at = ring.put_number(at, cycles);
        at = ring.put_number(at, self.drops.into());
        at = ring.put_number(at, (self.running as u8).into());
        ring.put_number(at, flags)
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

    /// An event that is nothing but a head. `false` if it is to be asked for, or [`Self::prepare`] is.
    #[inline(always)]
    pub(crate) fn bare(&mut self, prefix: Prefix) -> bool {
        self.short(prefix, |at| at.byte(prefix.head()))
    }

    /// An event with one number or two, of 32 bits. `false` as above.
    #[inline(always)]
    pub(crate) fn fields(&mut self, prefix: Prefix, a: u32, b: u32) -> bool {
        self.short(prefix, |at| {
            let at = at.prefix(prefix).leb32(a);
            if prefix.has_second() { at.leb32(b) } else { at }
        })
    }

    /// An event with two numbers behind its head; the first one is worked out late, where fewer registers are in use.
    #[inline(always)]
    pub(crate) fn pair(&mut self, prefix: Prefix, a: impl FnOnce() -> u32, b: u32) -> bool {
        self.short(prefix, |at| at.byte(prefix.head()).leb32(a()).leb32(b))
    }

    /// The short way: one record of at most [`LONGEST_SHORT`] bytes, of which `fields` writes all but the delta.
    #[inline(always)]
    fn short(&mut self, prefix: Prefix, fields: impl FnOnce(Cursor) -> Cursor) -> bool {
        if self.state.filter.suspects(prefix.tag()) {
            return false;
        }
        let at = self.ring.write_offset();
        if at >= self.state.limit as usize {
            return false;
        }
        // SAFETY: `at` is below the limit, behind which the ring goes on for a record of the short way; all callers pass
        // fields of one.
        let fields = fields(unsafe { Cursor::new(&mut self.ring, at) });
        let delta = self.state.advance(self.clock.cycles());
        let end = fields.leb32(delta).offset(&mut self.ring);
        self.ring.publish(end);
        true
    }

    /// Whether a filter is to be asked for an event.
    #[inline(always)]
    pub(crate) fn suspects(&self, prefix: Prefix) -> bool {
        self.state.filter.suspects(prefix.tag())
    }

    /// Whether an event with this first number is held back; asked for those that were refused.
    #[inline(always)]
    pub(crate) fn holds_back(&self, prefix: Prefix, first: Option<u64>) -> bool {
        self.state.filter.holds_back(prefix.tag(), first, self.state.task())
    }

    /// Opens the short way for an event that was refused, with a SYNC and a new limit. Returns whether it is open; if not,
    /// the event is lost, and counted. Close to the end of the ring it may take a second time.
    pub(crate) fn prepare(&mut self) -> bool {
        let (state, ring) = (&mut *self.state, &mut self.ring);
        let now = self.clock.cycles();
        state.count_turns(now);
        state.last = now;
        let at = ring.masked_write_offset();
        let free = ring.free(at);
        if free < wire::SYNC_MAX_BYTES + LONGEST_EVENT {
            state.limit = 0;
            state.drops = state.drops.wrapping_add(1);
            state.flags |= wire::FLAG_AFTER_DROPS as u8;
            return false;
        }
        let behind = state.sync(ring, at);
        let end = behind % SIZE;
        ring.publish(end);
        // From here on the short way may write until a SYNC is due, up to what the host has not read, or to the end of the
        // ring, whichever comes first.
        let space = (free - (behind - at)).min(SIZE - end).min(wire::SYNC_INTERVAL_BYTES as usize);
        state.limit = (end + space + 1 - LONGEST_SHORT) as u32;
        true
    }

    /// Whether there is room for a record of [`LONGEST_EVENT`] bytes, even if it goes on at the front of the ring.
    #[inline(always)]
    pub(crate) fn has_room(&self) -> bool {
        self.ring.write_offset() + (LONGEST_EVENT - LONGEST_SHORT) < self.state.limit as usize
    }

    /// An event with any numbers, where there is room.
    #[inline(always)]
    pub(crate) fn long(&mut self, prefix: Prefix, numbers: &[u64]) {
        self.whole(|ring, at| {
            let at = ring.put(at, prefix.head());
            numbers.iter().fold(at, |at, number| ring.put_number(at, *number))
        });
    }

    /// The event that carries a name, where there is room.
    pub(crate) fn name(&mut self, name: &Name) {
        let length = 1 + usize::from(leb64_length(name.id.into())) + name.text.len();
        self.whole(|ring, at| {
            let at = [head::NAME, length as u8, name.of as u8].into_iter().fold(at, |at, byte| ring.put(at, byte));
            let at = ring.put_number(at, name.id.into());
            name.text.bytes().fold(at, |at, byte| ring.put(at, byte))
        });
    }

    /// A record of which `fields` writes all but the delta, also across the end of the ring.
    #[inline(always)]
    fn whole(&mut self, fields: impl FnOnce(&mut Ring<'_, SIZE>, usize) -> usize) {
        let (state, ring) = (&mut *self.state, &mut self.ring);
        let delta = state.advance(self.clock.cycles());
        let at = fields(ring, ring.masked_write_offset());
        let end = ring.put_number(at, delta.into());
        ring.publish(end % SIZE);
        if end >= SIZE {
            state.limit = 0;
        }
    }
}

/// The bytes `value` takes as LEB128.
pub(crate) fn leb64_length(mut value: u64) -> u8 {
    let mut length = 1;
    while value >= 0x80 {
        value >>= 7;
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests;
