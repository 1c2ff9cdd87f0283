//! What tracing costs the processor, told in the trace itself: behind an event a SPENT, with the cycles that tracing's code
//! ran since the one before (`bluekernel_abi::wire::head::SPENT`).
//!
//! Debug information says which instructions are tracing's ([`CODE`]), the core when they ran, and stores to the ring's write
//! offset when an event was handed over. The firmware has no part in it, and its time does not change.
//!
//! ```text
//!   kernel ──────┐ tracing ──── store of the write offset ──── tracing ┌── kernel ───
//!                └──────────────── counts for that event ──────────────┘
//! ```
//!
//! An event has all cycles of tracing's code, and of what it calls, up to where that code is left the next time; or, if it hands
//! over another one before, up to the store that hands this one over. What runs behind an interrupt that came in between, the
//! next one has. So it is with what is spent on events that are not told, lost or held back, and on SYNCs.
//!
//! What tracing calls of others is known by the functions that its instructions name: they count where they run directly behind
//! its code, with no other instruction in between, and not where anybody else calls them.
//!
//! What tracing costs where its code is not: registers that callers save and arguments that they pass, functions that are
//! copied into their callers without it and called with it. That is part of no figure.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

use bluekernel_abi::wire::head;
use bluekernel_inspect::Image;
use serde::{Deserialize, Serialize};

use crate::cpu::{Observation, Observed, Stretch};

/// What is tracing's and nobody else's. Of RTT the terminal is left out.
const CODE: [&str; 9] = [
    "bluekernel::trace",
    "bluekernel::clock::cycles",
    "bluekernel::clock::traced",
    "bluekernel::rtt::open_trace",
    "bluekernel::rtt::trace",
    "bluekernel::rtt::hear_trace",
    "bluekernel::rtt::has_said",
    "bluekernel::rtt::said",
    "bluekernel::rtt::take_said",
];

/// The up channel of the trace.
pub const CHANNEL: u8 = 1;

/// Why it cannot be told what tracing costs.
#[derive(Debug, thiserror::Error)]
pub enum SpentError {
    /// Nothing says where tracing's code is.
    #[error(
        "what tracing costs is counted where its code is, which debug information says, and there is none: build the \
         firmware with `debug = true` in its profile"
    )]
    NoDebugInformation,
    /// There is no such code.
    #[error("the firmware has no code of tracing: it was built without the kernel's feature `trace`")]
    NoTracing,
    /// The chip has several cores.
    #[error("what tracing costs cannot be counted on a chip with several cores")]
    SeveralCores,
    /// Both are asked for.
    #[error("a ghost trace and what tracing costs cannot be had in one run")]
    Ghost,
}

/// A store of the write offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Handed {
    /// The cycle at which its instruction began.
    cycle: u64,
    /// What was stored.
    offset: u32,
}

/// What is known to have been spent when the ring's write offset had come to some place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    offset: u32,
    /// Cycles, since the mark before.
    cycles: u64,
}

/// What tracing has cost in a run, as far as it has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spent {
    /// Where the write offset is.
    place: u32,
    /// Cycles of tracing's code in all.
    total: u64,
    /// When it ran, as far as no mark has it.
    ran: VecDeque<Range<u64>>,
    /// Up to when it ran last, or what it calls; at first never.
    until: u64,
    /// Of what was handed over, what it took is not yet known.
    handed: VecDeque<Handed>,
    marks: VecDeque<Mark>,
    /// The write offset as it was stored last.
    offset: u32,
    /// Cycles that the next SPENT has to tell.
    owed: u64,
    /// Bytes that were given out behind the last SPENT, or the last SYNC.
    given: Vec<u8>,
}

/// The code of a firmware's tracing: addresses (first, last), sorted, and none overlaps another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Tracing's own.
    pub own: Vec<(u32, u32)>,
    /// The functions that it calls, and those that they call.
    pub called: Vec<(u32, u32)>,
}

impl Code {
    /// Of an ELF file.
    ///
    /// # Errors
    /// [`SpentError`] if there is none, or nothing says where it is.
    pub fn find(file: &[u8]) -> Result<Self, SpentError> {
        let image = Image::parse(file).map_err(|_| SpentError::NoDebugInformation)?;
        let ranges = image.code_beneath(&CODE).ok_or(SpentError::NoDebugInformation)?;
        let narrow = |range: &Range<u64>| Some((range.start.try_into().ok()?, (range.end - 1).try_into().ok()?));
        let own: Vec<_> = ranges.iter().filter_map(narrow).collect();
        let called = image.called_from(&ranges).iter().filter_map(narrow).collect();
        if own.is_empty() { Err(SpentError::NoTracing) } else { Ok(Self { own, called }) }
    }
}

impl Spent {
    /// Of a trace whose ring has its write offset at an address.
    #[must_use]
    pub fn new(place: u32) -> Self {
        Self {
            place,
            total: 0,
            ran: VecDeque::new(),
            until: u64::MAX,
            handed: VecDeque::new(),
            marks: VecDeque::new(),
            offset: 0,
            owed: 0,
            given: Vec::new(),
        }
    }

    /// What must be observed: addresses (first, last).
    #[must_use]
    pub fn ranges(&self) -> [(u32, u32); 1] {
        [(self.place, self.place.saturating_add(3))]
    }

    /// Cycles that tracing's code ran, in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The core has come to cycle `now`; `ran` is when tracing's code and what it calls ran since the last call.
    pub fn follow(&mut self, now: u64, ran: Vec<Stretch>, observed: &[Observation]) {
        for Stretch { cycles, called } in ran {
            if called && cycles.start != self.until {
                continue;
            }
            self.until = cycles.end;
            self.total += cycles.end - cycles.start;
            match self.ran.back_mut() {
                Some(last) if last.end == cycles.start => last.end = cycles.end,
                _ => self.ran.push_back(cycles),
            }
        }
        for Observation { cycle, what } in observed {
            if let Observed::Store { address, value, .. } = what
                && *address == self.place
            {
                let handed = Handed { cycle: *cycle, offset: *value as u32 };
                if self.handed.back() != Some(&handed) {
                    self.handed.push_back(handed);
                }
                self.offset = handed.offset;
            }
        }
        self.mark(Some(now));
    }

    /// Nothing more will run.
    pub fn finish(&mut self) {
        self.mark(None);
    }

    /// Marks what was handed over, as far as it is known how long tracing's code went on behind. `now`: none if it does not.
    fn mark(&mut self, now: Option<u64>) {
        while let Some(handed) = self.handed.front() {
            let visit = self.ran.iter().find(|cycles| cycles.end > handed.cycle);
            let end = match (visit, self.handed.get(1)) {
                (Some(visit), _) if visit.start > handed.cycle => handed.cycle,
                (Some(visit), Some(next)) if next.cycle < visit.end => handed.cycle,
                (Some(visit), _) if now.is_some_and(|now| now <= visit.end) => return,
                (Some(visit), _) => visit.end,
                (None, _) => handed.cycle,
            };
            let offset = handed.offset;
            self.handed.pop_front();
            let cycles = self.take_until(end);
            self.marks.push_back(Mark { offset, cycles });
        }
    }

    /// How long tracing's code ran up to a cycle, since what was taken before.
    fn take_until(&mut self, end: u64) -> u64 {
        let mut cycles = 0;
        while let Some(first) = self.ran.front_mut().filter(|first| first.start < end) {
            let part = first.end.min(end) - first.start;
            cycles += part;
            first.start += part;
            if !first.is_empty() {
                break;
            }
            self.ran.pop_front();
        }
        cycles
    }

    /// What to give out of the trace, of which `bytes` were in the ring, all up to its write offset; `size` is the ring's.
    pub fn insert(&mut self, bytes: &[u8], size: u32) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut done = 0;
        for mark in std::mem::take(&mut self.marks) {
            let behind = (self.offset.wrapping_add(size).wrapping_sub(mark.offset) % size.max(1)) as usize;
            let end = bytes.len().saturating_sub(behind).max(done);
            out.extend(&bytes[done..end]);
            self.given.extend(&bytes[done..end]);
            done = end;
            self.owed += mark.cycles;
            // What has handed nothing over, or a SYNC alone, has no event.
            let event = !self.given.is_empty() && !is_sync(&self.given);
            if !self.given.is_empty() {
                self.given.clear();
            }
            if event && self.owed > 0 {
                out.extend(record(std::mem::take(&mut self.owed)));
            }
        }
        out.extend(&bytes[done..]);
        self.given.extend(&bytes[done..]);
        out
    }
}

/// A SPENT.
fn record(cycles: u64) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut rest = cycles;
    while rest >= 0x80 {
        payload.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    payload.push(rest as u8);
    // No time passes.
    [&[head::SPENT, payload.len() as u8], &payload[..], &[0]].concat()
}

/// Whether a record is a SYNC, and nothing behind it: zeros, 1, and seven numbers.
fn is_sync(bytes: &[u8]) -> bool {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let numbers = bytes.get(zeros + 1..).unwrap_or_default().iter().filter(|byte| **byte < 0x80).count();
    zeros >= 8 && bytes.get(zeros) == Some(&1) && numbers == 7
}
