//! Beginnings, resets and losses: what a SYNC tells, and what nobody can tell.

use crate::wire::{Lost, LostWhy, Sync};

use super::super::gap::Gap;
use super::super::lane::{Lane, LaneKind};
use super::super::records::Note;
use super::super::state::State;
use super::{Current, Machine};

impl Machine {
    pub(super) fn lost(&mut self, lost: Lost) {
        let (bytes, time) = (lost.bytes, self.end);
        match lost.why {
            LostWhy::Attached => self.notes.push(Note::Attached { bytes }),
            LostWhy::Malformed | LostWhy::Channel => self.notes.push(Note::Damaged { time, bytes }),
            LostWhy::Version(version) => self.notes.push(Note::Version { version, bytes }),
            LostWhy::Truncated => self.notes.push(Note::Truncated { bytes }),
            LostWhy::Sequence => {}
        }
        // What was before the first record is not a gap in the trace, nor is a cut at its end.
        if self.begun && lost.why != LostWhy::Truncated {
            self.gap(self.end, 0, bytes, true);
        }
    }

    pub(super) fn sync(&mut self, time: u64, sync: &Sync) {
        let before = self.end;
        self.end = time.max(self.end);
        if !self.begun {
            self.begin(time, sync);
        } else if sync.is_boot() {
            self.reset(time);
        }
        // The last gap, if it ends where this SYNC's stretch began, reaches up to it.
        if let Some(gap) = self.gaps.last_mut()
            && gap.end == before
            && self.current == Current::Unknown
        {
            gap.end = time;
        }
        let missing = sync.drops.saturating_sub(self.accounted);
        if missing > 0 {
            self.accounted = sync.drops;
            self.gap(before, missing, 0, false);
            if let Some(gap) = self.gaps.last_mut() {
                gap.end = time;
            }
        }
        self.orient(time, sync);
    }

    /// The first record of all.
    fn begin(&mut self, time: u64, sync: &Sync) {
        self.begun = true;
        (self.first, self.start, self.end) = (time, time, time);
        // Losses before the first record cannot be placed.
        self.accounted = sync.drops;
        if sync.is_boot() {
            self.accounted = 0;
            self.boots.push(time);
            self.booted = true;
            self.current = Current::Kernel;
        }
        let mut numbers: Vec<u32> = self.tasks.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            self.lane(LaneKind::Task { number });
        }
        self.lane(LaneKind::Idle);
    }

    /// The firmware starts again.
    fn reset(&mut self, time: u64) {
        self.boots.push(time);
        self.notes.push(Note::Reset { time });
        for lane in &mut self.lanes {
            lane.change(time, State::Dormant);
        }
        self.handlers.clear();
        self.handlers_known = true;
        self.depths.clear();
        self.accounted = 0;
        self.leaving = None;
        self.fired = None;
        self.turned = None;
        self.released.clear();
        self.current = Current::Kernel;
    }

    /// Takes from a SYNC what is not known otherwise.
    fn orient(&mut self, time: u64, sync: &Sync) {
        if !self.handlers_known {
            self.handlers_known = true;
            if !sync.in_isr() {
                self.handlers.clear();
                let stale =
                    |lane: &Lane| matches!(lane.kind(), LaneKind::Interrupt { .. }) && lane.last() != State::Dormant;
                for lane in self.lanes.iter_mut().filter(|lane| stale(lane)) {
                    lane.change(time, State::Dormant);
                }
            } else if self.handlers.is_empty() {
                self.handlers.push(None);
            }
        }
        if self.current == Current::Unknown {
            let idle = self.lane(LaneKind::Idle);
            match sync.running {
                Some(number) => {
                    self.current = Current::Task(number);
                    let task = self.lane(LaneKind::Task { number });
                    self.change(task, time, self.on_cpu());
                    self.change(idle, time, State::Dormant);
                }
                None => {
                    self.current = Current::Idle;
                    self.change(idle, time, self.on_cpu());
                }
            }
        }
    }

    /// Events were lost from `start` to now.
    pub(super) fn gap(&mut self, start: u64, events: u64, bytes: u64, uncounted: bool) {
        let end = self.end;
        // Only what is damaged tells of more than a total can hold.
        let events = events.min(u64::MAX - self.lost_events);
        let bytes = bytes.min(u64::MAX - self.lost_bytes);
        self.lost_events += events;
        self.lost_bytes += bytes;
        match self.gaps.last_mut() {
            // One loss is often told twice: by unreadable bytes, by DROPS, by the next SYNC.
            Some(gap) if gap.end >= start => {
                gap.end = end.max(gap.end);
                gap.events += events;
                gap.bytes += bytes;
                gap.uncounted |= uncounted;
            }
            _ => self.gaps.push(Gap { start, end, events, bytes, uncounted }),
        }
        for lane in self.lanes.iter_mut().filter(|lane| lane.last() != State::Unknown) {
            lane.change(start, State::Unknown);
        }
        self.current = Current::Unknown;
        self.is_behind_loss = true;
        self.leaving = None;
        self.fired = None;
        self.handlers.clear();
        self.handlers_known = false;
        self.depths.clear();
    }
}
