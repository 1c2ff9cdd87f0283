//! The time line of a recording without what tracing cost: where each record would stand.
//!
//! ```text
//! recorded  ──e1▒▒▒──e2▒▒─────e3▒▒ idle ·············│e4▒▒──e5      ▒ tracing
//! shown     ──e1──e2─────e3 idle ····················│e4──e5
//! ```
//!
//! Whatever the processor does comes earlier by all that tracing took since the processor began to work. What ends an idle time
//! comes from outside, a clock or a pin, and does not come earlier because the processor was done earlier: there idle time
//! becomes longer, and both lines meet. They also meet where events were lost: nobody knows what tracing took there.
//!
//! A SYNC in front of an event is written before that event's clock is read: what lies between the two is tracing, a part of the
//! event's cost that is taken away in front of it.

use std::collections::VecDeque;

use bluekernel_abi::Event;

use crate::wire::{Decoder, Item, Record};

use super::times::Times;

/// Goes along a recording, and keeps where its records stand on both lines: eight and a half bytes a record.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeLine {
    /// Of each record its recorded and its shown time.
    lines: Option<(Times, Times)>,
    /// The recorded time of the last record.
    now: u64,
    /// By how much the last record is shown earlier.
    saved: u64,
    /// What tracing took for the last event and is not yet taken away.
    pending: u64,
    /// Whether the processor has nothing to do, handlers aside, and how many handlers are active.
    idle: bool,
    handlers: u32,
    drops: u64,
    begun: bool,
    /// Events were lost in front of the next record.
    is_cut: bool,
    /// The next SPENT tells of events that were lost, too.
    is_behind_loss: bool,
    /// What tracing took for each event that stands behind a SYNC.
    behind_syncs: VecDeque<u64>,
    /// The last record was a SYNC.
    is_behind_sync: bool,
    /// The last SYNC joins what is in front of it: no start, no loss.
    joins: bool,
    /// So much of what the next SPENT tells is taken away in front of its event.
    prepaid: u64,
}

impl TimeLine {
    /// The line of the recording whose stream this is, before its first record.
    pub(crate) fn new(stream: &[u8]) -> Self {
        Self { behind_syncs: behind_syncs(stream), ..Self::default() }
    }

    /// Goes on to `record`. Gives its time on the line; `None` for a SPENT, which is not on it.
    pub(crate) fn advance(&mut self, record: &Record<'_>) -> Option<u64> {
        match &record.item {
            Item::Event(Event::Spent { cycles }) => {
                let known = !std::mem::take(&mut self.is_behind_loss);
                let left = cycles.saturating_sub(std::mem::take(&mut self.prepaid));
                self.pending = self.pending.saturating_add(if known { left } else { 0 });
                return None;
            }
            Item::Lost(_) => {
                (self.is_cut, self.is_behind_sync) = (true, false);
                return Some(record.time.saturating_sub(self.saved));
            }
            Item::Sync(sync) => {
                self.is_cut |= sync.is_boot() || sync.drops > self.drops || !self.begun;
                self.is_behind_loss |= self.is_cut && self.begun && !sync.is_boot();
                if self.is_cut {
                    self.idle = sync.running.is_none() && !sync.is_boot();
                    self.handlers = u32::from(sync.in_isr());
                }
                self.joins = !self.is_cut;
                (self.drops, self.begun) = (sync.drops, true);
            }
            Item::Event(Event::Drops { count }) => {
                self.drops = self.drops.saturating_add(*count);
                (self.is_cut, self.is_behind_loss, self.idle, self.handlers) = (true, true, false, 0);
            }
            Item::Event(_) => {}
        }
        let passed = record.time.saturating_sub(self.now);
        self.prepaid = 0;
        if let (Item::Event(_), true) = (&record.item, std::mem::take(&mut self.is_behind_sync)) {
            let cost = self.behind_syncs.pop_front().unwrap_or(0);
            // A SYNC further in front was not written for this event.
            self.prepaid = if passed <= cost && self.joins { passed } else { 0 };
        }
        self.is_behind_sync = matches!(record.item, Item::Sync(_));
        if std::mem::take(&mut self.is_cut) || (self.idle && self.handlers == 0 && self.prepaid == 0) {
            (self.saved, self.pending) = (0, 0);
        } else {
            // Never more than the time that passed: what is left goes off the time behind.
            let taken = self.pending.min(passed - self.prepaid);
            self.saved += taken + self.prepaid;
            self.pending -= taken;
        }
        self.now = record.time;
        let shown = self.now.saturating_sub(self.saved);
        self.keep(shown);
        match &record.item {
            Item::Event(Event::Idle) => self.idle = true,
            // Whoever is ready will run: what is left of the way there is work.
            Item::Event(Event::SwitchIn { .. } | Event::Ready { .. }) => self.idle = false,
            Item::Event(Event::IsrEnter { .. }) => self.handlers += 1,
            Item::Event(Event::IsrExit) => self.handlers = self.handlers.saturating_sub(1),
            _ => {}
        }
        Some(shown)
    }

    fn keep(&mut self, shown: u64) {
        match &mut self.lines {
            None => self.lines = Some((Times::new(self.now), Times::new(shown))),
            Some((recorded, line)) if recorded.last() != self.now || line.last() != shown => {
                recorded.push(self.now);
                line.push(shown);
            }
            Some(_) => {}
        }
    }

    /// The recorded time of the last record.
    pub(crate) const fn now(&self) -> u64 {
        self.now
    }

    /// Where a recorded time is on the line. Between two records tracing comes first.
    pub(crate) fn shown(&self, time: u64) -> u64 {
        let Some((recorded, line)) = &self.lines else { return time };
        let place = recorded.before(|at| at < time);
        let before = place.checked_sub(1).and_then(|place| line.get(place)).unwrap_or(0);
        match (recorded.get(place), line.get(place)) {
            (Some(next), Some(shown)) => time.saturating_sub(next - shown).max(before),
            _ => time.saturating_sub(self.saved).max(before),
        }
    }

    /// The recorded time of a time on the line: of the record that stands there, if one does.
    pub(crate) fn recorded(&self, time: u64) -> u64 {
        let Some((recorded, line)) = &self.lines else { return time };
        let place = line.before(|at| at < time);
        let before = place.checked_sub(1).and_then(|place| recorded.get(place)).unwrap_or(0);
        match (recorded.get(place), line.get(place)) {
            (Some(next), Some(shown)) => time.saturating_add(next - shown).max(before),
            _ => time.saturating_add(self.saved).max(before),
        }
    }
}

/// What tracing took for each event that stands behind a SYNC, in their order: a line must know it before it comes to the SPENT.
fn behind_syncs(stream: &[u8]) -> VecDeque<u64> {
    let (mut costs, mut decoder) = (VecDeque::new(), Decoder::new());
    let (mut is_behind_sync, mut open) = (false, false);
    for piece in stream.chunks(64 << 10) {
        decoder.push(piece);
        while let Some(record) = decoder.next() {
            let spent = match record.item {
                Item::Event(Event::Spent { cycles }) => Some(cycles),
                _ => None,
            };
            if std::mem::take(&mut open) {
                costs.push_back(spent.unwrap_or(0));
            }
            if spent.is_none() {
                open = is_behind_sync && matches!(record.item, Item::Event(_));
                is_behind_sync = matches!(record.item, Item::Sync(_));
            }
        }
    }
    costs
}
