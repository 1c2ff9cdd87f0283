//! Encodes events as `bluekernel_abi::wire` writes them down, straight into a ring.
//!
//! A record is made whole or not at all:
//!
//! 1. is there room? (before the clock is read, so that a full ring costs little)
//! 2. read the clock, write head, fields and delta,
//! 3. publish the write offset.
//!
//! Nearly every event takes the short way, [`Tracer::event`] or [`Tracer::fields`]: it may begin wherever the write offset
//! is below [`State::limit`]. Everything rare hides behind that one comparison: how far the host has read, the end of the
//! ring, a SYNC that is due, events that were lost. [`Tracer::careful`] looks at all of it, and at a turn of the clock, and
//! sets the next limit.
//!
//! The caller holds the kernel's lock: there is one writer, and an event's time is not older than the one before it.
#![expect(
    unsafe_code,
    reason = "an event may cost 60 instructions: its bytes go through a pointer, not through checks"
)]

use super::filter::{self, Filter};
use super::ring::Ring;
use bluekernel_abi::Named;
use bluekernel_abi::wire::{self, head};

/// The longest LEB128 number of 32 bits, and so the longest delta.
const LEB32: usize = 5;
/// The longest LEB128 number of 64 bits.
const LEB64: usize = 10;
/// The longest event of the short way.
const LONGEST_QUICK: usize = Prefix::MOST + 3 * LEB32;
/// The longest event.
const LONGEST_EVENT: usize = Prefix::MOST + MOST_NUMBERS * LEB64 + LEB32;
/// The most numbers of an event, its delta aside.
const MOST_NUMBERS: usize = 3;

/// A SYNC that the host asked for; told apart from the wire's flags.
const REQUESTED: u8 = 0x80;
/// The running task waits, and is still to be switched away from; told apart from its number.
const WAITING: u16 = 0x100;

/// An event's head; and above it its group's [`filter::tag`].
#[derive(Clone, Copy)]
pub(crate) struct Head(u32);

impl Head {
    /// A head.
    #[inline(always)]
    pub(crate) const fn new(head: u8) -> Self {
        Self(head as u32 | filter::tag(head))
    }

    /// The head that is `number` further, of the same group.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) const fn plus(self, number: u8) -> Self {
        Self(self.0 + number as u32)
    }

    /// As the beginning of an event with more than a head.
    #[inline(always)]
    pub(crate) const fn prefix(self) -> Prefix {
        Prefix { bytes: self.byte() as u32, shape: 1 | self.tag() }
    }

    #[inline(always)]
    const fn byte(self) -> u8 {
        self.0 as u8
    }

    #[inline(always)]
    const fn tag(self) -> u32 {
        self.0 & !0xff
    }
}

/// What an event begins with: its head, and of its fields those that take a byte each. Behind it come up to two numbers.
/// Two words, which go through the hooks in registers.
#[derive(Clone, Copy)]
pub(crate) struct Prefix {
    /// The bytes, the first one lowest.
    bytes: u32,
    /// How many, [`Self::ONE`] and [`Self::TWO`] for the numbers, and the group's [`filter::tag`].
    shape: u32,
}

impl Prefix {
    /// The most bytes.
    const MOST: usize = size_of::<u32>();
    /// There is a number.
    const ONE: u32 = 8;
    /// There is another one.
    const TWO: u32 = 16;

    /// An event with nothing but its head.
    #[inline(always)]
    pub(crate) const fn new(head: u8) -> Self {
        Head::new(head).prefix()
    }

    /// One more byte: a field below 128.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) const fn small(self, field: u8) -> Self {
        debug_assert!(field < 0x80);
        self.byte(field)
    }

    /// A field of 8 bits: a byte or two.
    #[inline(always)]
    pub(crate) const fn task(self, field: u8) -> Self {
        if field < 0x80 { self.byte(field) } else { self.byte(field).byte(1) }
    }

    #[inline(always)]
    const fn byte(self, byte: u8) -> Self {
        debug_assert!((self.length() as usize) < Self::MOST);
        Self { bytes: self.bytes | (byte as u32) << (8 * self.length()), shape: self.shape + 1 }
    }

    /// A number follows, the only one or the last.
    #[inline(always)]
    pub(crate) const fn number(self) -> Self {
        let number = if self.shape & Self::ONE == 0 { Self::ONE } else { Self::TWO };
        Self { bytes: self.bytes, shape: self.shape | number }
    }

    #[inline(always)]
    const fn length(self) -> u32 {
        self.shape % Self::ONE
    }

    /// Whether two numbers follow.
    #[inline(always)]
    pub(crate) const fn has_two(self) -> bool {
        self.shape & Self::TWO != 0
    }

    #[inline(always)]
    const fn tag(self) -> u32 {
        self.shape & !0xff
    }
}

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
    /// The running task's number + 1, 0 for idle; and [`WAITING`].
    running: u16,
    /// Exception handlers that have begun and not ended.
    handlers: u8,
    /// Why the next record must be a SYNC: the wire's flags and [`REQUESTED`]; 0 if it need not.
    pending: u8,
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
            from: 0,
            since_sync: 0,
            sequence: 0,
            drops: 0,
            running: 0,
            handlers: 0,
            pending: 0,
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
        self.pending = wire::FLAG_BOOT as u8;
        self.round = 1;
    }

    /// The next record will be a SYNC, and what is told once is to be told again.
    #[inline]
    pub(crate) fn request_sync(&mut self) {
        self.pending |= REQUESTED;
        self.limit = 0;
        self.round = self.round.checked_add(1).unwrap_or(1);
    }

    /// Differs from that before the last SYNC that the host asked for, and from 0.
    #[cfg(feature = "trace")]
    #[inline]
    pub(crate) fn round(&self) -> u8 {
        self.round
    }

    /// The clock is at `now`. Where groups of events are left out there may be none in a turn of it: then the next record is
    /// a SYNC. To be asked once in each half of a turn.
    #[cfg(any(test, feature = "trace"))]
    pub(crate) fn follow(&mut self, now: u32) {
        if now.wrapping_sub(self.last) >= 1 << 31 {
            self.advance(now);
            self.pending |= REQUESTED;
            self.limit = 0;
        }
    }

    /// The task that runs, if one does and no handler.
    fn task(&self) -> Option<u8> {
        if self.handlers == 0 { (self.running as u8).checked_sub(1) } else { None }
    }

    /// Follows the clock; the cycles since the last record.
    fn advance(&mut self, now: u32) -> u32 {
        let (delta, turned) = now.overflowing_sub(self.last);
        self.last = now;
        self.turns = self.turns.wrapping_add(turned.into());
        delta
    }

    /// Writes a SYNC of the clock's last time at offset `at`. Returns the offset behind it.
    fn sync<const SIZE: usize>(&mut self, ring: &mut Ring<'_, SIZE>, at: usize) -> usize {
        let mut flags = u64::from(self.pending & !REQUESTED);
        if self.handlers != 0 {
            flags |= wire::FLAG_IN_ISR;
        }
        self.pending = 0;
        self.sequence = wire::next_sequence(self.sequence);
        let cycles = ((u64::from(self.turns) << 32) | u64::from(self.last)).wrapping_add(1);
        let mut at = (0..wire::SYNC_ZEROS).fold(at, |at, _| ring.put_number(at, 0));
        at = ring.put_number(at, wire::SYNC_MARK.into());
        at = ring.put_number(at, wire::VERSION.into());
        at = ring.put_number(at, 0); // the only core
        at = ring.put_number(at, self.sequence.into());
        at = ring.put_number(at, cycles);
        at = ring.put_number(at, self.drops.into());
        at = ring.put_number(at, (self.running & !WAITING).into());
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

    /// An event without fields; `false` if it needs [`Self::careful`].
    #[inline(always)]
    pub(crate) fn event(&mut self, head: Head) -> bool {
        self.quick(head.0, |at| at.byte(head.byte()))
    }

    /// An event with two numbers, as most are that have any; `false` if it needs [`Self::careful`]. The first number is worked
    /// out late, where fewer registers are in use.
    #[inline(always)]
    pub(crate) fn pair(&mut self, head: Head, a: impl FnOnce() -> u32, b: u32) -> bool {
        self.quick(head.0, |at| at.byte(head.byte()).leb32(a()).leb32(b))
    }

    /// Any event with numbers, of 32 bits: `a` and `b`, or only `b`. `false` if it needs [`Self::careful`].
    #[inline(always)]
    pub(crate) fn fields(&mut self, prefix: Prefix, a: u32, b: u32) -> bool {
        self.quick(prefix.shape, |at| {
            let at = at.prefix(prefix);
            let at = if prefix.has_two() { at.leb32(a) } else { at };
            at.leb32(b)
        })
    }

    /// One record of at most [`LONGEST_QUICK`] bytes, of which `fields` writes all but the delta. Beside the tag there may be
    /// something in its lowest byte.
    #[inline(always)]
    fn quick(&mut self, tag: u32, fields: impl FnOnce(Cursor) -> Cursor) -> bool {
        if self.state.filter.suspects(tag) {
            return false;
        }
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

    /// Any event, with up to [`MOST_NUMBERS`] numbers of up to 64 bits. Lost, and counted, if there is no room.
    #[inline]
    pub(crate) fn careful(&mut self, prefix: Prefix, numbers: &[u64]) {
        debug_assert!(numbers.len() <= MOST_NUMBERS);
        if self.state.filter.holds_back(prefix.tag(), numbers, self.state.task()) {
            return;
        }
        self.whole(|ring, mut at| {
            let mut bytes = prefix.bytes;
            for _ in 0..prefix.length() {
                at = ring.put(at, bytes as u8);
                bytes >>= 8;
            }
            for number in numbers {
                at = ring.put_number(at, *number);
            }
            at
        });
    }

    /// The event that carries a name.
    pub(crate) fn name(&mut self, name: &Name) {
        let length = 1 + usize::from(leb64_length(name.id.into())) + name.text.len();
        self.whole(|ring, at| {
            let at = [head::NAME, length as u8, name.of as u8].into_iter().fold(at, |at, byte| ring.put(at, byte));
            let at = ring.put_number(at, name.id.into());
            name.text.bytes().fold(at, |at, byte| ring.put(at, byte))
        });
    }

    /// A record at any time, of which `fields` writes all but the delta.
    #[inline(always)]
    fn whole(&mut self, fields: impl FnOnce(&mut Ring<'_, SIZE>, usize) -> usize) {
        let (state, ring) = (&mut *self.state, &mut self.ring);
        let mut delta = state.advance(self.clock.cycles());
        let free = ring.free();
        if free < wire::SYNC_MAX_BYTES + LONGEST_EVENT {
            state.limit = 0;
            state.drops = state.drops.wrapping_add(1);
            state.pending |= wire::FLAG_AFTER_DROPS as u8;
            return;
        }
        let from = ring.masked_write_offset();
        let mut at = from;
        state.since_sync += (from as u32).wrapping_sub(state.from) & (SIZE as u32 - 1);
        if state.pending != 0 || state.since_sync >= wire::SYNC_INTERVAL_BYTES {
            at = state.sync(ring, at);
            state.since_sync = 0;
            delta = 0;
        }
        let begin = at;
        at = fields(ring, at);
        at = ring.put_number(at, delta.into());
        state.since_sync += (at - begin) as u32;
        let end = at % SIZE;
        ring.publish(end);
        // From here on the short way may write up to the end of the ring, to what the host has not read, or until a SYNC
        // is due, whichever comes first.
        let space = (free - (at - from)).min(SIZE - end) as i32;
        let room = (space + 1 - LONGEST_QUICK as i32).min(wire::SYNC_INTERVAL_BYTES as i32 - state.since_sync as i32);
        state.from = end as u32;
        state.limit = (end as i32 + room).max(0) as u32;
    }

    /// Where the record at `at` begins.
    ///
    /// # Safety
    /// `at` is at most `SIZE`, and not more than what the ring has behind it is written.
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

    /// The bytes of a prefix, in one word. What is too much is written over by what follows, or lies behind the record.
    #[inline(always)]
    fn prefix(self, prefix: Prefix) -> Self {
        // SAFETY: as above; there is room for the longest record of the short way, which is longer than this.
        unsafe {
            self.0.cast::<u32>().write_unaligned(prefix.bytes.to_le());
            Self(self.0.add(prefix.length() as usize))
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
