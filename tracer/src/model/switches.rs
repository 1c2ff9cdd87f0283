//! What each switch to another task cost.

use super::pages::Pages;
use super::records::Switch;

/// The switches whose beginning the trace shows, in order of time. There are millions of them: each takes 12 bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct SwitchList {
    times: Pages<u64>,
    cycles: Pages<u32>,
    /// How many there were before the first that is kept.
    forgotten: usize,
}

impl SwitchList {
    pub(super) fn push(&mut self, switch: Switch) {
        self.times.push(switch.time);
        self.cycles.push(u32::try_from(switch.cycles).unwrap_or(u32::MAX));
    }

    /// Drops those before `until`, in cycles. The others keep their places.
    pub(super) fn forget(&mut self, until: u64) {
        let before = self.times.partition_point(|time| *time < until);
        self.times.forget(before);
        self.cycles.forget(before);
        self.forgotten += before;
    }

    /// Bytes of what is kept.
    pub(super) const fn bytes(&self) -> usize {
        self.times.bytes() + self.cycles.bytes()
    }

    /// Those from place `first` on.
    pub(super) fn from(&self, first: usize) -> impl Iterator<Item = Switch> {
        let first = first.saturating_sub(self.forgotten);
        let all = first..self.times.len();
        self.times
            .range(all.clone())
            .zip(self.cycles.range(all))
            .map(|(time, cycles)| Switch { time: *time, cycles: (*cycles).into() })
    }
}
