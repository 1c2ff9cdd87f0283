//! From pieces of bytes to records with absolute time, and a plain account of what was lost.

use bluekernel_abi::Event;
use bluekernel_abi::wire::{SYNC_ZEROS, head, next_sequence};

use super::error::WireError;
use super::event::{self, MAX_DELTA};
use super::sync::{self, Keyframe, Sync};

/// One record of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Cycles on a time line that never goes back: the trace clock since the first reset in the stream. A later reset
    /// continues where the time before it ended.
    pub time: u64,
    /// Where the record (or the loss) starts, in bytes since the first byte pushed.
    pub offset: u64,
    /// What it is.
    pub item: Item<'a>,
}

/// What a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// Something happened.
    Event(Event<'a>),
    /// A keyframe.
    Sync(Sync),
    /// Bytes that could not be read, reported at the SYNC behind them (or at the end of the stream).
    Lost(Lost),
}

/// A stretch of the stream that gave no records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// How many bytes were skipped; 0 if a whole SYNC is missing without a trace.
    pub bytes: u64,
    /// Why.
    pub why: LostWhy,
}

/// Why a stretch gave no records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostWhy {
    /// The stream was joined in its middle: nothing before the first SYNC can be read.
    Attached,
    /// Bytes that no encoder writes.
    Malformed,
    /// Records of another version of the wire.
    Version(u64),
    /// The number of a SYNC did not follow the one before.
    Sequence,
    /// The stream ended within a record.
    Truncated,
    /// A channel lost these bytes, and said how many ([`bluekernel_abi::wire::head::LOST`]).
    Channel,
}

/// Decodes a stream that arrives in pieces.
///
/// ```text
///   start ──▶ Lost ──1 SYNC──▶ Locked
///              ▲                 │
///              └──2 malformed────┘
/// ```
/// 1: [`Decoder::next`] reports what was skipped, then the SYNC. 2: nothing is reported until the stream is found
/// again, so that a loss is told once, with its size.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Bytes of `buffer` that are done with.
    start: usize,
    /// Offset in the stream of `buffer[0]`.
    origin: u64,
    state: State,
    /// The time of the last record.
    time: u64,
    /// What to add to a SYNC's cycles.
    base: u64,
    /// The number of the last SYNC.
    sequence: Option<u32>,
    /// Bytes that a channel lost since the last record, which are in no offset.
    missing: u64,
    /// A SYNC that waits because the loss before it is told first.
    held: Option<(u64, Sync)>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Locked,
    Lost { since: u64, why: LostWhy },
}

impl Default for State {
    fn default() -> Self {
        Self::Lost { since: 0, why: LostWhy::Attached }
    }
}

impl Decoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends bytes. Take the records with [`Decoder::next`].
    pub fn push(&mut self, bytes: &[u8]) {
        // What is done with goes in one move per push, not per record. A few bytes stay for `zeros_behind`.
        let done = self.start.saturating_sub(SYNC_ZEROS);
        self.buffer.drain(..done);
        self.origin += done as u64;
        self.start -= done;
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether the decoder looks for a SYNC.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost { .. })
    }

    /// The time of the last record.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.time
    }

    /// The next record, or `None` until more bytes are pushed.
    #[expect(clippy::should_implement_trait, reason = "the record borrows from the decoder, which Iterator cannot say")]
    pub fn next(&mut self) -> Option<Record<'_>> {
        if let Some((offset, sync)) = self.held.take() {
            return Some(self.accept(offset, sync));
        }
        if let State::Locked = self.state {
            if self.pending().first() == Some(&0) {
                return self.keyframe();
            }
            match event::parse(self.buffer.get(self.start..).unwrap_or_default()) {
                Ok(event::Parsed { event: Event::Unknown { head: head::LOST, .. }, payload, bytes, .. }) => {
                    let from = self.start;
                    self.lose(LostWhy::Channel);
                    let count = self.buffer.get(from + payload.start..from + payload.end).and_then(event::lost_bytes);
                    self.missing = self.missing.saturating_add(count.unwrap_or(0));
                    self.start += bytes;
                    if let State::Lost { since, .. } = &mut self.state {
                        *since += bytes as u64;
                    }
                    return self.search();
                }
                Ok(parsed) => {
                    // What the clock did not count while it stood still is no part of the delta.
                    let still = if let Event::SleepJump { cycles } = parsed.event { cycles } else { 0 };
                    let time = self.time.checked_add(parsed.delta).and_then(|time| time.checked_add(still));
                    if let Some(time) = time.filter(|_| still <= MAX_DELTA) {
                        let (from, offset) = (self.start, self.offset());
                        self.time = time;
                        self.start += parsed.bytes;
                        let payload = self.buffer.get(from + parsed.payload.start..from + parsed.payload.end);
                        let payload = payload.unwrap_or_default();
                        let event = match parsed.event {
                            Event::Unknown { head, .. } => Event::Unknown { head, payload },
                            Event::Name { of, id, .. } => Event::Name { of, id, name: payload },
                            event => event,
                        };
                        return Some(Record { time, offset, item: Item::Event(event) });
                    }
                }
                Err(WireError::NeedMore) => return None,
                Err(WireError::Malformed) => {}
            }
            self.lose(LostWhy::Malformed);
        }
        self.search()
    }

    /// Ends the stream: reports what could not be read behind the last record. Call it when [`Decoder::next`] has
    /// returned `None` and no bytes will follow.
    pub fn finish(&mut self) -> Option<Record<'static>> {
        let end = self.offset() + self.pending().len() as u64;
        let (since, why) = match self.state {
            State::Locked => (self.offset(), LostWhy::Truncated),
            State::Lost { since, why } => (since, why),
        };
        self.start = self.buffer.len();
        self.state = State::Lost { since: end, why };
        let bytes = (end - since).saturating_add(std::mem::take(&mut self.missing));
        (bytes > 0).then_some(Record { time: self.time, offset: since, item: Item::Lost(Lost { bytes, why }) })
    }

    fn pending(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// How many zeros, up to eight, end what was done with.
    fn zeros_behind(&self) -> usize {
        let done = self.buffer.get(..self.start).unwrap_or_default();
        done.iter().rev().take(SYNC_ZEROS).take_while(|byte| **byte == 0).count()
    }

    fn offset(&self) -> u64 {
        self.origin + self.start as u64
    }

    fn lose(&mut self, why: LostWhy) {
        self.state = State::Lost { since: self.offset(), why };
    }

    /// Reads the SYNC at the front, where a zero stands.
    fn keyframe(&mut self) -> Option<Record<'_>> {
        let zeros = self.pending().iter().take_while(|byte| **byte == 0).count();
        let open = zeros == self.pending().len();
        // More zeros than needed are allowed: drop them now, so that a stream of zeros needs no memory.
        if zeros > SYNC_ZEROS {
            self.start += zeros - SYNC_ZEROS;
        }
        if open {
            return None;
        }
        if zeros < SYNC_ZEROS {
            self.lose(LostWhy::Malformed);
            // Damaged bytes before a SYNC may have read as an event that took some of its zeros.
            self.start -= self.zeros_behind();
            return self.search();
        }
        let offset = self.offset();
        match sync::parse(self.pending().get(SYNC_ZEROS..).unwrap_or_default()) {
            Ok((Keyframe::Sync(sync), bytes)) if self.is_plausible(&sync) => {
                self.start += SYNC_ZEROS + bytes;
                Some(self.found(offset, sync))
            }
            Ok((Keyframe::Version(version), _)) => {
                self.state = State::Lost { since: offset, why: LostWhy::Version(version) };
                self.start += SYNC_ZEROS;
                self.search()
            }
            Err(WireError::NeedMore) => None,
            Ok(_) | Err(WireError::Malformed) => {
                self.lose(LostWhy::Malformed);
                self.start += SYNC_ZEROS;
                self.search()
            }
        }
    }

    /// Looks for the next SYNC and throws away what stands before it.
    fn search(&mut self) -> Option<Record<'_>> {
        loop {
            let bytes = self.pending();
            let Some(at) = bytes.windows(SYNC_ZEROS).position(|run| run.iter().all(|byte| *byte == 0)) else {
                // Zeros at the very end may be the beginning of a SYNC.
                let tail = bytes.iter().rev().take_while(|byte| **byte == 0).count();
                self.start = self.buffer.len() - tail;
                return None;
            };
            let zeros = bytes.iter().skip(at).take_while(|byte| **byte == 0).count();
            let open = at + zeros == bytes.len();
            let first = self.offset();
            if let State::Lost { since, .. } = &mut self.state
                && *since == first
                && at == 0
            {
                // Nothing but zeros so far: they belong to the SYNC and nothing is lost.
                *since += (zeros - SYNC_ZEROS) as u64;
            }
            // The last eight zeros announce the SYNC; those before them may end a record that we could not read.
            self.start += at + zeros - SYNC_ZEROS;
            if open {
                return None;
            }
            let offset = self.offset();
            match sync::parse(self.pending().get(SYNC_ZEROS..).unwrap_or_default()) {
                Ok((Keyframe::Sync(sync), bytes)) if self.is_plausible(&sync) => {
                    self.start += SYNC_ZEROS + bytes;
                    return Some(self.found(offset, sync));
                }
                Ok((Keyframe::Version(version), _)) => {
                    if let State::Lost { since, .. } = self.state {
                        self.state = State::Lost { since, why: LostWhy::Version(version) };
                    }
                    self.start += SYNC_ZEROS;
                }
                Err(WireError::NeedMore) => return None,
                Ok(_) | Err(WireError::Malformed) => self.start += SYNC_ZEROS,
            }
        }
    }

    /// Whether a SYNC's clock can be true, as far as one can know: damaged bytes can read as any.
    fn is_plausible(&self, sync: &Sync) -> bool {
        match self.sequence {
            None => sync.cycles < 1 << 62,
            Some(_) if sync.is_boot() => sync.cycles <= MAX_DELTA,
            Some(_) => self.base.saturating_add(sync.cycles) <= self.time.saturating_add(MAX_DELTA),
        }
    }

    /// A SYNC was read at `offset`: tells what was lost before it, if anything was, else the SYNC.
    fn found(&mut self, offset: u64, sync: Sync) -> Record<'static> {
        let lost = match self.state {
            State::Lost { since, why } => {
                // Even no byte at all may be damage: one that read as an event.
                let bytes = offset.saturating_sub(since).saturating_add(std::mem::take(&mut self.missing));
                (bytes > 0 || why == LostWhy::Malformed).then_some((since, Lost { bytes, why }))
            }
            State::Locked => None,
        };
        self.state = State::Locked;
        let follows = sync.is_boot() || self.sequence.is_none_or(|last| next_sequence(last) == sync.sequence);
        let lost = lost.or_else(|| (!follows).then_some((offset, Lost { bytes: 0, why: LostWhy::Sequence })));
        match lost {
            Some((since, lost)) => {
                self.held = Some((offset, sync));
                Record { time: self.time, offset: since, item: Item::Lost(lost) }
            }
            None => self.accept(offset, sync),
        }
    }

    fn accept(&mut self, offset: u64, sync: Sync) -> Record<'static> {
        let again = sync.is_boot() && self.sequence.is_some();
        // A clock that went back without saying so was reset while nobody listened (or damaged bytes had moved it).
        if again || self.base.saturating_add(sync.cycles) < self.time {
            self.base = self.time.saturating_sub(if again { 0 } else { sync.cycles });
        }
        self.time = self.base.saturating_add(sync.cycles).max(self.time);
        self.sequence = Some(sync.sequence);
        Record { time: self.time, offset, item: Item::Sync(sync) }
    }
}
