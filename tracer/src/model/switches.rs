//! What each switch to another task cost.

use super::records::Switch;

/// The switches whose beginning the trace shows, in order of time. There are millions of them: each takes 12 bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct SwitchList {
    times: Vec<u64>,
    cycles: Vec<u32>,
}

impl SwitchList {
    pub(super) fn push(&mut self, switch: Switch) {
        self.times.push(switch.time);
        self.cycles.push(u32::try_from(switch.cycles).unwrap_or(u32::MAX));
    }

    /// Those from place `first` on.
    pub(super) fn from(&self, first: usize) -> impl Iterator<Item = Switch> {
        let times = self.times.get(first..).unwrap_or(&[]);
        let cycles = self.cycles.get(first..).unwrap_or(&[]);
        times.iter().zip(cycles).map(|(time, cycles)| Switch { time: *time, cycles: (*cycles).into() })
    }
}
