//! Where knowledge about owners and values ends: losses and resets cut the trace into stretches.

use crate::model::Trace;

/// The stretches of a trace in which every event is known. Stretch 0 begins with the trace, stretch `n` behind cut `n - 1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretches {
    cuts: Vec<Cut>,
    /// Whether the trace begins with the firmware's start.
    booted: bool,
    start: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    start: u64,
    end: u64,
    reset: bool,
}

impl Stretches {
    /// Those of `trace`.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let gaps = trace.gaps().iter().map(|gap| Cut { start: gap.start, end: gap.end, reset: false });
        let booted = trace.boots().first() == Some(&trace.start());
        let resets = trace.boots().iter().skip(usize::from(booted));
        let mut cuts: Vec<Cut> = gaps.chain(resets.map(|time| Cut { start: *time, end: *time, reset: true })).collect();
        // A reset that ends a loss comes behind it.
        cuts.sort_by_key(|cut| (cut.start, cut.end));
        Self { cuts, booted, start: trace.start() }
    }

    /// As if the trace began at `time`: whatever happened before, nothing is known of it.
    pub(super) fn since(mut self, time: u64) -> Self {
        if time > self.start {
            self.cuts.retain(|cut| cut.end >= time);
            (self.booted, self.start) = (false, time);
        }
        self
    }

    /// The stretch of an event at `time`. What happens at the very time of a cut counts as before it: nothing is then claimed
    /// behind the cut that might not hold there.
    #[must_use]
    pub fn of_event(&self, time: u64) -> usize {
        self.cuts.partition_point(|cut| cut.start < time)
    }

    /// The stretch that the cycle from `time` on lies in; `None` within a loss.
    #[must_use]
    pub fn at(&self, time: u64) -> Option<usize> {
        let stretch = self.cuts.partition_point(|cut| cut.start <= time);
        let before = stretch.checked_sub(1).and_then(|at| self.cuts.get(at));
        before.is_none_or(|cut| time >= cut.end).then_some(stretch)
    }

    /// Where `stretch` begins.
    #[must_use]
    pub fn begin(&self, stretch: usize) -> u64 {
        stretch.checked_sub(1).and_then(|at| self.cuts.get(at)).map_or(self.start, |cut| cut.end)
    }

    /// Whether `stretch` begins with the firmware's start: then nothing is owned, and nobody waits.
    #[must_use]
    pub fn begins_fresh(&self, stretch: usize) -> bool {
        stretch.checked_sub(1).and_then(|at| self.cuts.get(at)).map_or(self.booted, |cut| cut.reset)
    }

    /// Where `stretch` ends, and whether in a reset; `None` for the last one.
    #[must_use]
    pub fn end(&self, stretch: usize) -> Option<(u64, bool)> {
        self.cuts.get(stretch).map(|cut| (cut.start, cut.reset))
    }
    /// The first boundary of a loss, or reset, behind `time`.
    #[must_use]
    pub fn next(&self, time: u64) -> Option<u64> {
        let begun = self.cuts.partition_point(|cut| cut.start <= time);
        let end = begun.checked_sub(1).and_then(|at| self.cuts.get(at)).map(|cut| cut.end).filter(|end| *end > time);
        end.or_else(|| self.cuts.get(begun).map(|cut| cut.start))
    }
}
