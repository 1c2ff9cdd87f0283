//! How much of a run that goes on is kept: a view of hours takes no more memory than one of minutes.

use crate::time;

use super::session::{Session, Status};

/// Events of which the history of objects is worked out within a frame: a millisecond.
const RECENT: u64 = 50_000;

/// Bytes of memory that a step of forgetting gives back, about: less than a millisecond.
const STEP: usize = 4 << 20;

impl Session {
    /// Drops the oldest quarter of the events, in steps between frames, when they take nearly as much memory as they may;
    /// at once if they already take more. Sums are of the whole run all the same.
    pub(super) fn forget(&mut self) {
        if self.status == Status::Recorded {
            return;
        }
        let bytes = |session: &Self| session.trace.bytes() + session.stream.kept();
        if self.is_forgetting() {
            self.forget_some(STEP);
        } else if bytes(self) > self.history - self.history / 16 {
            self.begin_to_forget();
        }
        let mut before = usize::MAX;
        while bytes(self) > self.history && bytes(self) < before {
            before = bytes(self);
            if !self.is_forgetting() {
                self.begin_to_forget();
            }
            while self.is_forgetting() {
                self.forget_some(usize::MAX);
            }
        }
    }

    fn begin_to_forget(&mut self) {
        let keys = self.trace.keyframes();
        self.leaving =
            Some(match keys.get(keys.len() / 4).map(|key| key.time).filter(|time| *time > self.trace.start()) {
                Some(until) => self.trace.begin_to_forget(until),
                // So much without a keyframe comes from no kernel.
                None => {
                    self.trace.begin_to_forget(u64::MAX);
                    self.stream.len()
                }
            });
        let start = self.trace.start();
        for mark in &mut self.marked.marks {
            *mark = mark.filter(|time| *time >= start);
        }
        if self.window().start < start {
            let limits = self.limits();
            self.viewport.show(self.window(), &limits);
            self.message = Some("what was here is so long ago that it is no longer kept".to_owned());
        }
    }

    pub(super) fn is_forgetting(&self) -> bool {
        self.trace.is_forgetting() || self.leaving.is_some()
    }

    /// First of the trace, then of its bytes.
    fn forget_some(&mut self, bytes: usize) {
        if self.trace.is_forgetting() {
            self.trace.forget_some(bytes);
        } else if let Some(offset) = self.leaving.take() {
            self.stream.forget(offset);
        }
    }

    /// From when on the history of objects is worked out between frames: while a run goes on, of the last events.
    pub(super) fn recent(&self) -> u64 {
        if self.status != Status::Live {
            return self.trace.start();
        }
        let keys = self.trace.keyframes();
        let many = self.trace.events().saturating_sub(RECENT);
        let last = keys.partition_point(|key| key.events < many);
        keys.get(last).map_or(self.trace.start(), |key| key.time)
    }

    /// Whether what lies before that is looked at. (Who follows a long stretch sees its end only in all detail.)
    pub(super) fn looks_back(&self) -> bool {
        self.status == Status::Live && !self.follow && self.window().start < self.recent()
    }

    /// How many cycles of the run are kept, unless all are.
    pub(in crate::tui) fn kept_length(&self) -> Option<u64> {
        (self.trace.forgotten() > 0).then(|| self.trace.end() - self.trace.start())
    }

    /// Which events are kept, in words, unless all are.
    pub(in crate::tui) fn kept(&self) -> Option<String> {
        let length = time::duration(self.kept_length()?, self.trace.clock_hz());
        let events = self.trace.events() - self.trace.forgotten();
        Some(format!("the last {length}, {events} events"))
    }
}
