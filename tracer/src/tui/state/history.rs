//! How much of a run that goes on is kept: a view of hours takes no more memory than one of minutes.

use crate::time;

use super::session::{Session, Status};

impl Session {
    /// Drops the oldest quarter of the events, and once more, while they take more memory than they may. Sums are of the
    /// whole run all the same.
    pub(super) fn forget(&mut self) {
        let bytes = |session: &Self| session.trace.bytes() + session.stream.kept();
        let mut before = usize::MAX;
        while self.status != Status::Recorded && bytes(self) > self.history && bytes(self) < before {
            before = bytes(self);
            self.forget_quarter();
        }
        if before == usize::MAX {
            return;
        }
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

    fn forget_quarter(&mut self) {
        let keys = self.trace.keyframes();
        match keys.get(keys.len() / 4).map(|key| key.time).filter(|time| *time > self.trace.start()) {
            Some(until) => self.stream.forget(self.trace.forget(until)),
            // So much without a keyframe comes from no kernel.
            None => {
                self.trace.forget(u64::MAX);
                self.stream.forget(self.stream.len());
            }
        }
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
