//! What a trace that grows without end gives back: the single events of its past. What is summed up stays.

use super::super::lane::Lane;
use super::super::records::{Note, Operation};
use super::super::track::CounterTrack;
use super::Machine;

/// So many losses are kept, however long ago: totals and remarks about them stay true.
const LOSSES: usize = 1 << 16;

/// So many remarks.
const NOTES: usize = 1 << 10;

impl Machine {
    /// Forgets what lies before `until`. Where an older value still holds there (a state, a priority, a level) it is kept.
    pub(in super::super) fn forget(&mut self, until: u64) {
        self.start = until.clamp(self.start, self.end);
        self.lanes.iter_mut().for_each(|lane| lane.forget(until));
        self.counters.iter_mut().for_each(|track| track.forget(until));
        for track in &mut self.instant_tracks {
            drop_before(&mut track.points, until, |(time, _)| *time);
        }
        drop_before(&mut self.instants, until, |instant| instant.time);
        drop_before(&mut self.operations, until, |operation| operation.time);
        drop_before(&mut self.faults, until, |fault| fault.time);
        self.jobs_forgotten += drop_before(&mut self.jobs, until, |job| job.time);
        self.wakes.forget(until);
        if let Some(tracing) = &mut self.tracing {
            tracing.forget(until);
        }
        self.switches.forget(until);
        self.resets_forgotten += drop_before(&mut self.boots, until, |boot| *boot);
        let before = self.heap.partition_point(|point| point.time < until);
        self.heap.drain(..before.saturating_sub(1));
        self.forget_priorities(until);
        let losses = self.gaps.partition_point(|gap| gap.end < until);
        self.gaps.drain(..losses.min(self.gaps.len().saturating_sub(LOSSES)));
        let mut more = self.notes.len().saturating_sub(NOTES);
        self.notes.retain(|note| {
            let goes = more > 0 && matches!(note, Note::Damaged { .. } | Note::Reset { .. });
            more -= usize::from(goes);
            !goes
        });
    }

    /// The last change of each task holds on.
    fn forget_priorities(&mut self, until: u64) {
        let before = self.priorities.partition_point(|change| change.time < until);
        let mut last = std::collections::HashMap::new();
        for (place, change) in self.priorities[..before].iter().enumerate() {
            last.insert(change.task, place);
        }
        let mut place = 0;
        self.priorities.retain(|change| {
            let stays = place >= before || last.get(&change.task) == Some(&place);
            place += 1;
            stays
        });
    }

    /// Bytes of what [`Machine::forget`] can give back, about: the long lists.
    pub(in super::super) fn bytes(&self) -> usize {
        let lanes: usize = self.lanes.iter().map(Lane::bytes).sum();
        let counters: usize = self.counters.iter().map(CounterTrack::bytes).sum();
        let tracks: usize = self.instant_tracks.iter().map(|track| size_of_val(track.points.as_slice())).sum();
        lanes
            + counters
            + tracks
            + size_of_val(self.instants.as_slice())
            + size_of::<Operation>() * self.operations.len()
            + size_of_val(self.jobs.as_slice())
            + size_of_val(self.heap.as_slice())
            + size_of_val(self.priorities.as_slice())
            + self.wakes.bytes()
            + self.switches.bytes()
            + self.tracing.as_ref().map_or(0, |tracing| tracing.bytes())
    }
}

/// Drops what of a list in order of time lies before `until`; returns how many that were.
fn drop_before<T>(list: &mut Vec<T>, until: u64, time: impl Fn(&T) -> u64) -> usize {
    let before = list.partition_point(|entry| time(entry) < until);
    list.drain(..before);
    before
}
